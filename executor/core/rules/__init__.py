"""Rules: which alerts are wanted, and what position each of them asks for."""

from executor.core.rules import meanings
from executor.core.rules.comparing import canonical
from executor.core.rules.conditions import AllOf, Condition, ConditionTrace
from executor.core.rules.errors import BadCondition, BadValue, NoRuleMatches, NotAllowed, ValueRefused
from executor.core.rules.index import literals_of
from executor.core.rules.mapping import Mapped, map_alert
from executor.core.rules.may import May
from executor.core.rules.reach import unreachable
from executor.core.rules.rule import STANDARD_WORDS, Rule, RuleBook
from executor.core.rules.tracing import RuleTrace, trace
from executor.core.rules.values import Value, compile_value
from executor.core.rules.when import compile_when

__all__ = [
    "STANDARD_WORDS",
    "AllOf",
    "BadCondition",
    "BadValue",
    "Condition",
    "ConditionTrace",
    "Mapped",
    "May",
    "NoRuleMatches",
    "NotAllowed",
    "Rule",
    "RuleBook",
    "RuleTrace",
    "Value",
    "ValueRefused",
    "canonical",
    "compile_value",
    "compile_when",
    "literals_of",
    "map_alert",
    "meanings",
    "trace",
    "unreachable",
]
