"""config.yaml → a configuration that holds, or every reason why it does not."""

from executor.config.accounts import AccountConfig
from executor.config.complaints import Complaint, ConfigError
from executor.config.interpolation import files_named
from executor.config.labels import secret_labels
from executor.config.load import Config, load
from executor.config.operator import HASHED_BY, Operator
from executor.config.outline import Outline, outline
from executor.config.proxies import Proxies
from executor.config.schema import json_schema
from executor.config.strength import weakness
from executor.config.symbols import Brakes, SymbolConfig
from executor.config.trial import Difference, TrialResult, run_tests

__all__ = [
    "HASHED_BY",
    "AccountConfig",
    "Brakes",
    "Complaint",
    "Config",
    "ConfigError",
    "Difference",
    "Operator",
    "Outline",
    "Proxies",
    "SymbolConfig",
    "TrialResult",
    "files_named",
    "json_schema",
    "load",
    "outline",
    "run_tests",
    "secret_labels",
    "weakness",
]
