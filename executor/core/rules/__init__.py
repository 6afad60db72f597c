"""Rules: which alerts are wanted, and what position each of them asks for.

Read `rule` (what config.yaml says of one, compiled) and `mapping` (alert → intents) first. Then:

    when, conditions, operators    from a `when` block to conditions that hold, do not hold, or are unknown
    meanings                       from the text of a value to a target, symbol, size, time or id
    index                          finds the few rules that can match, however many there are
    may                            what a sender may reach
    reach                          rules that no alert can reach
    tracing                        why an alert took its way, for `explain`

The expressions in a rule's values are a package of their own: `executor.core.values`.
"""

from executor.core.rules import meanings
from executor.core.rules.conditions import AllOf, Condition, ConditionTrace
from executor.core.rules.errors import BadCondition, NoRuleMatches, NotAllowed
from executor.core.rules.index import literals_of
from executor.core.rules.mapping import Mapped, map_alert
from executor.core.rules.may import May
from executor.core.rules.operators import OPERATORS
from executor.core.rules.reach import unreachable
from executor.core.rules.rule import STANDARD_WORDS, Rule, RuleBook
from executor.core.rules.tracing import RuleTrace, trace
from executor.core.rules.when import compile_when

__all__ = [
    "OPERATORS",
    "STANDARD_WORDS",
    "AllOf",
    "BadCondition",
    "Condition",
    "ConditionTrace",
    "Mapped",
    "May",
    "NoRuleMatches",
    "NotAllowed",
    "Rule",
    "RuleBook",
    "RuleTrace",
    "compile_when",
    "literals_of",
    "map_alert",
    "meanings",
    "trace",
    "unreachable",
]
