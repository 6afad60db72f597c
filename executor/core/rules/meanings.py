"""From the text a value came out as to what its key means: target, symbol, size, time, id.

Each raises ValueRefused with what was found and what would be right.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from itertools import islice

from executor.core.alert import as_number
from executor.core.position import Target
from executor.core.rules.comparing import as_moment, canonical, shown
from executor.core.rules.errors import ValueRefused
from executor.core.sizing import Size, parse_size

EARLY = timedelta(seconds=60)  # how far a sender's clock may run ahead of ours
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS = range(10**9, 10**11)  # epoch times from 2001 on; ten digits are seconds, thirteen are milliseconds
MILLISECONDS = range(10**12, 10**14)
LONGEST_ID = 200  # characters
COMPARED_TICKERS = 2_000  # of which the nearest is looked for


def target(text: str, words: Mapping[str, Target]) -> Target:
    """The target by the rule's own words, in capitals or not."""
    meanings = {canonical(word.lower()): meaning for word, meaning in words.items()}
    try:
        return meanings[canonical(text.lower())]
    except KeyError:
        accepted = ", ".join(words)
        raise ValueRefused(f"{shown(text)} is no target; it must come out as one of {accepted}") from None


def symbol(text: str, tickers: Mapping[str, str]) -> str:
    """The symbol that an alert's ticker stands for, spelled exactly as declared."""
    if text in tickers:
        return tickers[text]
    raise ValueRefused(
        f"{shown(text)} is no known ticker; add it to the tickers of a symbol under symbols:{_nearest(text, tickers)}"
    )


def _nearest(ticker: str, tickers: Iterable[str]) -> str:
    nearest = get_close_matches(ticker[:80], list(islice(tickers, COMPARED_TICKERS)), n=1)
    return f" (the nearest there is {nearest[0]})" if nearest else ""


def size(text: str) -> Size:
    try:
        return parse_size(text)
    except ValueError as error:
        raise ValueRefused(str(error)) from None


def sent_at(text: str, received_at: datetime) -> datetime:
    """When the sender says it sent: ISO 8601 with a time zone, or seconds or milliseconds since 1970."""
    moment = _moment(text)
    if moment is None:
        raise ValueRefused(
            f"{shown(text)} is no time; it must be ISO 8601 with a time zone, such as 2026-11-20T09:00:01Z, "
            "or seconds or milliseconds since 1970"
        )
    if moment > received_at + EARLY:
        ahead = moment - received_at
        raise ValueRefused(
            f"{shown(text)} is {ahead.total_seconds():,.0f} s in the future: either it is no sending time, "
            "or a clock is wrong (ours or the sender's)"
        )
    return moment


def _moment(text: str) -> datetime | None:
    number = as_number(text)
    if number is None:
        return as_moment(text)
    if int(number) in SECONDS:
        return EPOCH + timedelta(microseconds=int(number * 1_000_000))
    return EPOCH + timedelta(microseconds=int(number * 1_000)) if int(number) in MILLISECONDS else None


def identity(text: str) -> str:
    """What makes an alert unique, fit to be stored."""
    if len(text) > LONGEST_ID or not text.isprintable():
        raise ValueRefused(f"{shown(text)} is no id; it may have up to {LONGEST_ID} printable characters")
    return text
