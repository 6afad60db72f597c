"""config.yaml → a configuration that holds, or every reason why it does not.

The way of the file, and the order to read in:

    load                one call for all of it: `load(path, environ)` → Config
    source              a file while it is judged: its values, their lines, the complaints so far
    yaml_reader         YAML → plain values with their lines (yaml_syntax: what is no YAML at all; files: the bytes)
    interpolation       `${NAME}`, `${NAME:-default}` and `${file:…}` in values
    model/              what each section may say, in pydantic's terms
    validate            the values against the model: sections that are right by themselves
    compile/            sections against each other → what the executor runs on

Beside it: `complaints` (a mistake, with its place), `secret_strength` and `secret_labels`, `schema` (for editors),
`rule_tests` (runs the tests of config.yaml) and `outline` (names only, for commands that must work with a broken file).

A new key is a field of its section in `model/`; what else it needs is compiled beside its section in `compile/`.
"""

from executor.config.compile import BASE_URLS, AccountConfig, SymbolConfig
from executor.config.complaints import Complaint, ConfigError
from executor.config.files import Read, from_disk
from executor.config.interpolation import MAX_FILE_BYTES, files_named
from executor.config.load import Config, load
from executor.config.model import HASHED_BY, Brakes, OperatorSection, Proxies
from executor.config.outline import Outline, outline
from executor.config.rule_tests import Difference, RuleTestResult, run_tests
from executor.config.schema import json_schema
from executor.config.secret_labels import secret_labels
from executor.config.secret_strength import weakness
from executor.config.yaml_syntax import MAX_BYTES

__all__ = [
    "BASE_URLS",
    "HASHED_BY",
    "MAX_BYTES",
    "MAX_FILE_BYTES",
    "AccountConfig",
    "Brakes",
    "Complaint",
    "Config",
    "ConfigError",
    "Difference",
    "OperatorSection",
    "Outline",
    "Proxies",
    "Read",
    "RuleTestResult",
    "SymbolConfig",
    "files_named",
    "from_disk",
    "json_schema",
    "load",
    "outline",
    "run_tests",
    "secret_labels",
    "weakness",
]
