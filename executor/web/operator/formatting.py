"""Formats times, states and alerts' fields for the pages."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint

from executor.core.order import State

_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "min": timedelta(minutes=1), "s": timedelta(seconds=1)}
# What an order's state means to a trader: its colour.
TONES = {
    State.CONFIRMED: "good",
    State.UNNEEDED: "calm",
    State.SUPERSEDED: "calm",
    State.QUEUED: "busy",
    State.SENT: "busy",
    State.ACCEPTED: "busy",
    State.IN_DOUBT: "loud",
    State.INCOMPLETE: "loud",
    State.REJECTED: "bad",
    State.DENIED: "bad",
    State.EXPIRED: "bad",
    State.ENDED: "bad",
}


def register(blueprint: Blueprint) -> None:
    for word in (ago, left, clock, exact, tone, state, plain):
        blueprint.add_app_template_filter(word)


def span(time: timedelta) -> str:
    """In the largest unit that fits: `42 s`, `3 min`, `5 h`, `2 d`."""
    return next((f"{time // unit} {name}" for name, unit in _UNITS.items() if time >= unit), "0 s")


def ago(moment: datetime, now: datetime) -> str:
    return f"{span(now - moment)} ago"


def left(lasts: timedelta) -> str:
    return f"{span(lasts)} left"


def clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def exact(moment: datetime) -> str:
    return f"{clock(moment)}.{moment.microsecond // 1000:03}"


def tone(of: State) -> str:
    return TONES[of]


def state(of: State) -> str:
    return of.value.replace("_", " ")


def plain(value: Any) -> str:
    """Text and numbers as they are, everything else as JSON."""
    if isinstance(value, str | Decimal):
        return str(value)
    return json.dumps(dict(value) if isinstance(value, Mapping) else value, ensure_ascii=False, default=str)
