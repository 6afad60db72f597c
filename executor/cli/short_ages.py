"""Where a rule's max_age is shorter than the longest doubt of its account: then a doubt may end as an expired order."""

from collections.abc import Iterator

from executor.config import Config
from executor.core.evidence import longest_doubt
from executor.core.order import WhenFlat
from executor.core.position import PositionMode
from executor.core.rules import Rule
from executor.core.sizing import Size


def short_ages(config: Config) -> Iterator[str]:
    """A sentence for each rule and account."""
    for rule in config.book.rules:
        for name in rule.accounts:
            if text := short_age(config, rule, name):
                yield f"{rule.name}: {text}"


def short_age(config: Config, rule: Rule, account_name: str) -> str | None:
    """What may come of an order of this rule that the exchange answers in doubt; None if its max_age is long enough."""
    account = config.accounts[account_name]
    size = rule.sizes.get(account.position_mode)
    whole = isinstance(size, Size) and size.whole and rule.when_flat is not WhenFlat.OPEN
    harms = account.position_mode is PositionMode.ONE_WAY or not whole
    longest = longest_doubt(account.answered_doubt, account.late_reads, harms=harms)
    if rule.max_age >= longest:
        return None
    return (
        f"a doubt of account {account_name} may last {longest.total_seconds():g} s, longer than max_age "
        f"{rule.max_age.total_seconds():g} s; if the order did not run, it then expires instead of being sent again"
    )
