"""The message TradingView sends when the user leaves the field alone.

Source: TradingView's default order-fill message, `<strategy>: order sell @ 0.64 filled on ETHUSDT.P. New strategy
position is -0.32`. Strategy names hold inputs such as "close" or "2, 5", so nothing is looked for by keyword.
"""

import re
from decimal import Decimal

from executor.core.alert.fields import Fields, as_number
from executor.core.alert.undecodable import Undecodable

# No white space is skipped before the strategy: it would be tried again from every place in it.
_SENTENCE = re.compile(
    r"(?P<strategy>.*): order (?P<action>buy|sell) @ (?P<contracts>\S{1,60}) filled on (?P<ticker>\S{1,60})\. "
    r"New strategy position is (?P<position_size>\S{1,60})\s*",
    re.DOTALL,
)


def is_sentence(text: str) -> bool:
    return _matched(text) is not None


def decode_sentence(text: str) -> Fields | None:
    """strategy, action, contracts, ticker, position_size, and market_position from its sign; None for other text.

    Raises Undecodable for a number that cannot be read.
    """
    found = _matched(text)
    if not found:
        return None
    size = _number(found, "position_size")
    return {
        "strategy": found["strategy"].strip(),
        "action": found["action"],
        "contracts": _number(found, "contracts"),
        "ticker": found["ticker"],
        "position_size": size,
        "market_position": "long" if size > 0 else "short" if size < 0 else "flat",
    }


def _matched(text: str) -> re.Match[str] | None:
    return _SENTENCE.fullmatch(text) if " New strategy position is " in text else None


def _number(found: re.Match[str], name: str) -> Decimal:
    number = as_number(found[name])
    if number is None:
        raise Undecodable(
            "this number of TradingView's default message is none; write the message yourself, as JSON",
            found.string,
            found.start(name),
        )
    return number
