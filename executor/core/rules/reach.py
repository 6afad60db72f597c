"""Rules that no alert can ever reach, because an earlier one takes everything they would."""

from collections.abc import Iterator
from itertools import islice, takewhile

from executor.core.rules.conditions import AllOf, Comparison, Condition
from executor.core.rules.index import literals_of
from executor.core.rules.rule import Rule, RuleBook

LOOKED_AT = 100  # earlier rules per rule, so that checking a long book stays quick


def unreachable(book: RuleBook) -> tuple[tuple[str, str], ...]:
    """(rule, the earlier rule without `continue` that takes all its alerts). Not every such rule can be found."""
    return tuple(
        (rule.name, blocking.name)
        for place, rule in enumerate(book.rules)
        if (blocking := next(_blocking(book, place), None)) is not None
    )


def _blocking(book: RuleBook, place: int) -> Iterator[Rule]:
    """Earlier rules that match all that this one matches.

    This rule matches alerts with one literal of each of its sets; a rule that misses those cannot block it.
    """
    rule = book.rules[place]
    sample = {key: next(iter(literals)) for key, literals in literals_of(rule.when).items() if literals}
    earlier = takewhile(lambda other: other < place, book.index.places(sample))
    for other in islice((book.rules[other] for other in earlier), LOOKED_AT):
        if not other.go_on and covers(other.when, rule.when):
            yield other


def covers(wide: AllOf, narrow: AllOf) -> bool:
    """Whether each condition of `wide` follows from one of `narrow`, so that `wide` holds wherever `narrow` does."""
    return all(any(_follows(one, other) for other in narrow.conditions) for one in wide.conditions)


def _follows(wide: Condition, narrow: Condition) -> bool:
    if wide == narrow:
        return True
    if not (isinstance(wide, Comparison) and isinstance(narrow, Comparison) and wide.key == narrow.key):
        return False
    return wide.literals is not None and narrow.literals is not None and narrow.literals <= wide.literals
