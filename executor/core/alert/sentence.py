"""The message TradingView sends when the user leaves the field alone.

Source: TradingView's default order-fill message, `<strategy>: order sell @ 0.64 filled on ETHUSDT.P. New strategy
position is -0.32`. Strategy names hold inputs such as "close" or "2, 5", so nothing is looked for by keyword.
"""

import re
from decimal import Decimal

from executor.core.alert.fields import Fields

_NUMBER = r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?"
_SENTENCE = re.compile(
    rf"(?P<strategy>.*): order (?P<action>buy|sell) @ (?P<contracts>{_NUMBER}) filled on (?P<ticker>\S{{1,60}})\. "
    rf"New strategy position is (?P<position_size>{_NUMBER})",
    re.DOTALL,
)


def decode_sentence(text: str) -> Fields | None:
    """strategy, action, contracts, ticker, position_size, and market_position from its sign; None if it is not one."""
    found = _SENTENCE.fullmatch(text.strip())
    if not found:
        return None
    size = Decimal(found["position_size"])
    return {
        "strategy": found["strategy"].strip(),
        "action": found["action"],
        "contracts": Decimal(found["contracts"]),
        "ticker": found["ticker"],
        "position_size": size,
        "market_position": "long" if size > 0 else "short" if size < 0 else "flat",
    }
