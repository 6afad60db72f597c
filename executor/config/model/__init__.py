"""What config.yaml may say: one module a section, in pydantic's terms. Read `root` first, then the sections it names.

A section checks what can be judged from itself alone; `executor.config.compile` judges sections against each other.
Below the sections: `section` (what all have in common), `scalars` (numbers, durations, names) and `addresses`.
"""

from executor.config.model.accounts import AccountSection, Venue
from executor.config.model.addresses import networks
from executor.config.model.may import MaySection
from executor.config.model.operator import HASHED_BY, OperatorSection
from executor.config.model.proxies import Proxies
from executor.config.model.root import Root
from executor.config.model.rules import RuleSection
from executor.config.model.scalars import duration_text
from executor.config.model.section import Section
from executor.config.model.senders import FormatName, PatternFormat, SenderSection
from executor.config.model.symbols import Brakes, SymbolSection
from executor.config.model.tests import Expected, RuleTest

__all__ = [
    "HASHED_BY",
    "AccountSection",
    "Brakes",
    "Expected",
    "FormatName",
    "MaySection",
    "OperatorSection",
    "PatternFormat",
    "Proxies",
    "Root",
    "RuleSection",
    "RuleTest",
    "Section",
    "SenderSection",
    "SymbolSection",
    "Venue",
    "duration_text",
    "networks",
]
