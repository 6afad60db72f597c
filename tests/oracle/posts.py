"""The requests that came to the exchange, as its journal tells of them. Times are in milliseconds of its clock."""

from dataclasses import dataclass
from math import inf

from executor.core.order import Lane

UNANSWERED = {"drop-reply", "drop-request", "reset-reply", "reset-request", "late"}
PUT_OFF = {"delay", "hang", "late", "live", "then-runs"}
LIVE = {"live", "live-then-canceled"}
# Bitget, "RestAPI error codes": the exchange does not know itself what became of the request.
DOUBTED = {"40010", "40015", "40725", "40910", "45001", "50031"}


@dataclass(frozen=True)
class Post:
    """A request as it came to the exchange. `answer`: clear | none | doubt | working."""

    lane: Lane
    endpoint: str
    body: dict
    came_ms: float
    signed_ms: float
    answer: str
    answered_ms: float
    puts_off: bool  # a fault has let it run later than it came
    ended_ms: float  # from when on it could do nothing more; inf if that never came
    ran_ms: float | None
    before: dict
    after: dict

    @classmethod
    def of(cls, entry):
        lane = Lane(entry["account"], str(entry["body"].get("symbol", "")).upper())
        answered_ms = entry["answered_at"] * 1000 if "answered_at" in entry else inf
        return cls(
            lane=lane,
            endpoint=entry["endpoint"],
            body=entry["body"],
            came_ms=entry["at"] * 1000,
            signed_ms=float(entry["timestamp"]),
            answer=_answer(entry),
            answered_ms=answered_ms,
            puts_off=(entry.get("fault") or "").removeprefix("status-").removeprefix("code-") in PUT_OFF,
            ended_ms=entry["ended_at"] * 1000 if "ended_at" in entry else inf,
            ran_ms=entry["executed_at"] * 1000 if entry["executed"] else None,
            before=entry.get("before", {}),
            after=entry.get("after", {}),
        )

    @property
    def order_id(self):
        return self.body.get("clientOid", "")[1:25]

    @property
    def closes(self):
        """The leg of a hedge account that it closes, if it reverses one."""
        return {"buy": "long", "sell": "short"}[self.body["side"]] if self.endpoint == "click-backhand" else None

    @property
    def builds_up(self):
        """The leg that it adds to."""
        side = self.body.get("side")
        if self.endpoint == "click-backhand":
            return {"buy": "short", "sell": "long"}.get(side)
        return {"buy": "long", "sell": "short"}.get(side) if self.endpoint == "place-order" else None

    def __str__(self):
        times = f"came {self.came_ms:.0f} signed {self.signed_ms:.0f} answered {self.answered_ms:.0f} ({self.answer})"
        ran = f"ended {self.ended_ms:.0f} ran {self.ran_ms} {self.before}→{self.after}"
        return f"{self.lane} {self.endpoint} {self.body.get('side')} {self.body.get('clientOid')} {times} {ran}"


def _answer(entry):
    """What the client could know from the answer."""
    fault = (entry.get("fault") or "").removesuffix("-after").removesuffix("-then-runs")
    if entry.get("fault") in UNANSWERED or "answered_at" not in entry:
        return "none"
    if fault in ("status", "garbage", "empty") or (fault == "code" and entry["code"] in DOUBTED):
        return "doubt"
    return "working" if fault in LIVE and "refused" not in entry else "clear"
