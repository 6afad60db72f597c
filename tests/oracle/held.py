"""What a lane held when, as the exchange knows it. Times are in milliseconds of its clock."""

from dataclasses import dataclass
from math import inf


@dataclass
class History:
    """What a lane held when: (from when on, legs), oldest first; and when a person changed it."""

    held: list[tuple[float, dict]]
    by_hand: list[int]

    @classmethod
    def of(cls, account, symbol):
        legs = {side: held.size for (name, side), held in account.legs.items() if name == symbol}
        held = []
        for at, (name, side), before in reversed(account.changes):
            if name == symbol:
                held.append((at, dict(legs)))
                legs.pop(side, None)
                if before:
                    legs[side] = before.size
        held.append((-inf, dict(legs)))
        by_hand = [
            order.created_ms for order in account.book.orders if (order.symbol, order.entered_by) == (symbol, "IOS")
        ]
        return cls(_last_of_each_moment(reversed(held)), by_hand)

    @property
    def now(self):
        return self.held[-1][1]

    def since(self, start_ms, end_ms=inf):
        """Everything that was held at some moment then."""
        ends = [at for at, _ in self.held[1:]] + [inf]
        return [legs for (at, legs), end in zip(self.held, ends, strict=True) if end > start_ms and at <= end_ms]

    def moved_by_hand(self, start_ms, end_ms):
        return any(start_ms <= at <= end_ms for at in self.by_hand)

    def left_by_hand(self, right, start_ms):
        """Whether it was right at some moment after that, and was changed by hand when it last was."""
        last = None
        ends = [at for at, _ in self.held[1:]] + [inf]
        for (_, legs), end in zip(self.held, ends, strict=True):
            if end > start_ms and right(legs):
                last = end
        return last is not None and last in self.by_hand


def _last_of_each_moment(held):
    """A close and an open within one millisecond are one change."""
    found = {}
    for at, legs in held:
        found[at] = legs
    return list(found.items())
