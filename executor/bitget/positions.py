"""Position rows → the legs held of one symbol; account rows → the modes in which they are held.

Source: Bitget, GET /api/v2/mix/position/single-position and all-position: one row per leg; flat is an empty list or
rows with total "0".
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from executor.bitget.parsing import Row, Unclear, choice, number, optional_number, rows
from executor.bitget.reads import ReadFailed
from executor.core.contract import Market
from executor.core.position import Leg, Position, PositionMode

MODES = {"hedge_mode": PositionMode.HEDGE, "one_way_mode": PositionMode.ONE_WAY}
LEGS = {leg.value: leg for leg in Leg}
MARGIN_MODES = {"crossed": "crossed", "isolated": "isolated"}
USED = ("symbol", "marginCoin", "holdSide", "total", "posMode", "markPrice")  # of a row: all that is read here


@dataclass(frozen=True, slots=True)
class PositionRead:
    """What the account held of one symbol at some moment after `asked` (time.monotonic() seconds).

    `mode` and `mark_price` (in quote coin) are known only while the exchange returns a row for the symbol.
    """

    position: Position
    mode: PositionMode | None
    mark_price: Decimal | None
    asked: float


Key = tuple[str, str]  # symbol and margin coin in capitals


@dataclass(frozen=True, slots=True)
class PositionsRead:
    """What the account held of every symbol of a product type after `asked` (time.monotonic() seconds)."""

    rows: Mapping[Key, list[Row]]
    asked: float
    _clear: dict[Key, PositionRead] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, data: object, asked: float) -> Self:
        """Raises Unclear; a row that does not say what it is of might be of any symbol."""
        found: dict[Key, list[Row]] = defaultdict(list)
        for row in rows(data):
            symbol, coin = row.get("symbol"), row.get("marginCoin")
            if not (symbol and coin and isinstance(symbol, str) and isinstance(coin, str)):
                raise Unclear(f"a row does not name its symbol and marginCoin: {str(row)[:80]}")
            found[symbol.upper(), coin.upper()].append(row)
        return cls(dict(found), asked)

    @classmethod
    def from_text(cls, text: str, asked: float) -> Self:
        """What `to_text` made. Raises Unclear."""
        return cls.of(json.loads(text)["rows"], asked)

    def to_text(self) -> str:
        """For another process: as much of it as counts."""
        used = [{name: row[name] for name in USED if name in row} for rows in self.rows.values() for row in rows]
        return json.dumps({"rows": used}, default=str)

    def position(self, market: Market) -> PositionRead:
        """One symbol's legs; no row is flat. Raises ReadFailed if its own rows are not clear."""
        try:
            return self.clear_position(market)
        except Unclear as error:
            raise ReadFailed(f"the {market.symbol} position", str(error)) from error

    def clear_position(self, market: Market) -> PositionRead:
        """Raises Unclear."""
        key = (market.symbol.upper(), market.margin_coin.upper())
        if (known := self._clear.get(key)) is None:
            mine = self.rows.get(key, [])
            known = self._clear[key] = PositionRead(_legs(mine), _mode(mine), _mark_price(mine), self.asked)
        return known


@dataclass(frozen=True, slots=True)
class AccountMode:
    """How an account holds positions of a product type. `margin_mode` is crossed or isolated."""

    mode: PositionMode
    margin_mode: str


def position_in(data: object, market: Market, asked: float) -> PositionRead:
    """Rows of other symbols and margin coins are ignored. Raises Unclear."""
    return PositionsRead.of(data, asked).clear_position(market)


def account_mode_in(data: object) -> AccountMode:
    """Raises Unclear. Source: Bitget, GET /api/v2/mix/account/account (posMode, marginMode)."""
    if not isinstance(data, dict):
        raise Unclear(f"expected an account, found {str(data)[:80]!r}")
    return AccountMode(choice(data, "posMode", MODES), choice(data, "marginMode", MARGIN_MODES))


def _legs(mine: list[Row]) -> Position:
    """Raises Unclear."""
    legs: dict[Leg, Decimal] = {}
    for row in mine:
        total = number(row, "total")
        if not total:
            continue
        leg = choice(row, "holdSide", LEGS)
        if total < 0 or leg in legs:
            raise Unclear(f"the {leg} leg is {total:f}" if total < 0 else f"there are two {leg} legs")
        legs[leg] = total
    return Position(**{leg.value: total for leg, total in legs.items()})


def _mode(mine: list[Row]) -> PositionMode | None:
    modes = {str(row.get("posMode")) for row in mine}
    return MODES.get(modes.pop()) if len(modes) == 1 else None


def _mark_price(mine: list[Row]) -> Decimal | None:
    prices = (optional_number(row, "markPrice") for row in mine)
    return next((price for price in prices if price), None)
