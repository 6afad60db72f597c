"""From the text a value came out as to what its key means: target, symbol, size, time, id.

Each raises ValueRefused with what was found and what would be right.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from itertools import islice
from typing import NamedTuple

from executor.core.alert import as_number
from executor.core.position import Target
from executor.core.sizing import Size, parse_size
from executor.core.values import ValueRefused, as_moment, canonical, shown

EARLY = timedelta(seconds=60)  # how far a sender's clock may run ahead of ours
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
UNITS = {  # of epoch times from 2001 on; ten digits are seconds, thirteen are milliseconds
    timedelta(seconds=1): range(10**9, 10**11),
    timedelta(milliseconds=1): range(10**12, 10**14),
}
_TIME = re.compile(  # in ISO 8601 text, after the date
    r"[^\d-](?P<hours>\d\d)(:?(?P<minutes>\d\d)(:?(?P<seconds>\d\d)([.,](?P<fraction>\d+))?)?)?(?:Z|z|[+-]\d[\d:.,]*)$"
)
LONGEST_ID = 200  # characters
COMPARED_TICKERS = 2_000  # of which the nearest is looked for


def target(text: str, words: Mapping[str, Target]) -> Target:
    """The target by the rule's own words, in capitals or not."""
    meanings = {canonical(word.lower()): meaning for word, meaning in words.items()}
    try:
        return meanings[canonical(text.lower())]
    except KeyError:
        accepted = ", ".join(words)
        raise ValueRefused(f"{shown(text)} is not a target; it must be one of {accepted}") from None


def side(text: str, words: Mapping[str, Target]) -> Target:
    """Where a signal comes from: long, short or flat, by the rule's own words."""
    if (found := target(text, words)).exits:
        raise ValueRefused(f"{shown(text)} means {found}, which is no position; it must mean long, short or flat")
    return found


def symbol(text: str, tickers: Mapping[str, str]) -> str:
    """The symbol that an alert's ticker stands for, spelled exactly as declared."""
    if text in tickers:
        return tickers[text]
    raise ValueRefused(
        f"{shown(text)} is not a known ticker; "
        f"add it to the tickers of a symbol under symbols:{_nearest(text, tickers)}"
    )


def _nearest(ticker: str, tickers: Iterable[str]) -> str:
    nearest = get_close_matches(ticker[:80], list(islice(tickers, COMPARED_TICKERS)), n=1)
    return f" (the nearest there is {nearest[0]})" if nearest else ""


def size(text: str) -> Size:
    try:
        return parse_size(text)
    except ValueError as error:
        raise ValueRefused(str(error)) from None


class Sent(NamedTuple):
    """When the sender says it sent, in steps of that size."""

    at: datetime
    step: timedelta


def sent_at(text: str, received_at: datetime) -> Sent:
    """ISO 8601 with a time zone, or seconds or milliseconds since 1970."""
    found = _sent(text)
    if found is None:
        raise ValueRefused(
            f"{shown(text)} is not a time; it must be ISO 8601 with a time zone, such as 2026-11-20T09:00:01Z, "
            "or seconds or milliseconds since 1970"
        )
    if found.at > received_at + EARLY:
        ahead = found.at - received_at
        raise ValueRefused(
            f"{shown(text)} is {ahead.total_seconds():,.0f} s in the future: "
            "either it is not the time of sending, or a clock is wrong (ours or the sender's)"
        )
    return found


def _sent(text: str) -> Sent | None:
    number = as_number(text)
    if number is None:
        moment = as_moment(text)
        return Sent(moment, _step(text)) if moment else None
    for unit, era in UNITS.items():
        if int(number) in era:
            digits = -int(number.as_tuple().exponent)
            return Sent(EPOCH + timedelta(microseconds=int(number * (unit // MICROSECOND))), _part(unit, digits))
    return None


def _step(text: str) -> timedelta:
    """How fine the time of ISO 8601 text is: `09:00Z` is of a minute, `09:00:01Z` of a second."""
    time = _TIME.search(text.strip())
    if time is None or time["minutes"] is None:
        return timedelta(hours=1)
    if time["seconds"] is None:
        return timedelta(minutes=1)
    return _part(timedelta(seconds=1), len(time["fraction"] or ""))


def _part(unit: timedelta, digits: int) -> timedelta:
    return max(unit / int(10 ** min(max(0, digits), 6)), MICROSECOND)


def identity(text: str) -> str:
    """What makes an alert unique, fit to be stored."""
    if len(text) > LONGEST_ID or not text.isprintable():
        raise ValueRefused(f"{shown(text)} is not an id; it may have up to {LONGEST_ID} printable characters")
    return text
