"""What the simulator is set to. Every field that stands for something Bitget does not document says so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from executor.simulator.contracts import KNOWN, Contract
from executor.simulator.refusal import RequestRefused


@dataclass(frozen=True)
class AccountSettings:
    """A classic account. `mode` is hedge_mode or one_way_mode; `positions` are (symbol, long|short) → size."""

    key: str
    secret: str = "simulator"  # noqa: S105 - a simulator's, worth nothing
    passphrase: str = "simulator"  # noqa: S105
    mode: str = "hedge_mode"
    margin_mode: str = "crossed"
    balance: Decimal = Decimal(10_000_000)  # of each margin coin
    positions: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """The defaults are what Bitget documents, or what is likeliest where it documents nothing."""

    accounts: tuple[AccountSettings, ...] = (AccountSettings("main"),)
    contracts: tuple[Contract, ...] = ()  # traded beside the known ones
    demo: bool = False  # a demo server wants `paptrading: 1`, a live one refuses it (40099)
    signature_lifetime_ms: int = 30_000
    rate_limits: bool = True

    # Unknown: the value of tradeSide that a hedge account's reversal takes, and whether its letter case matters.
    reversal_trade_sides: tuple[str, ...] = ("open",)
    trade_side_case_matters: bool = False
    # Unknown: whether a one-way reversal needs `side`, and whether it is the order's (sell turns a long) or the
    # position's (buy turns a long). None: it is ignored.
    one_way_side_required: bool = False
    one_way_side_means: str | None = None  # None | order | position
    # Unknown: whether a smaller `size` counts in one-way mode. The Chinese page says it is ignored.
    one_way_size_counts: bool = False
    # Unknown: which of a reversal's two orders the returned ids name.
    reversal_names: str = "open"  # open | close
    # Unknown: the codes for "nothing to reverse" and for an open leg that failed after the close.
    nothing_to_reverse_code: str = "22002"
    failed_open_code: str | None = None  # None: accepted all the same
    # Unknown: whether a flat single-position read is [] or rows with total "0".
    flat_rows: bool = False
    # Unknown: whether demo trading serves click-backhand.
    demo_serves_reversal: bool = True
    # Unknown: whether orders-pending filters by orderSource, which its page does not list.
    pending_by_source: bool = False

    @property
    def traded(self) -> Iterator[Contract]:
        yield from KNOWN.values()
        yield from self.contracts

    def contract(self, symbol: str) -> Contract:
        """Raises RequestRefused if the symbol is not traded."""
        name = symbol.upper()
        found = KNOWN.get(name) or next((each for each in self.contracts if each.symbol == name), None)
        if found is None:
            raise RequestRefused("40034", f"Parameter {symbol} does not exist")
        return found
