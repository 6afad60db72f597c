"""Logs as facts with fields: one line an event, on standard error."""

import json
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

_PLAIN = re.compile(r"""[^\s"=\\]+""")
_in_quotes = json.JSONEncoder(ensure_ascii=False).encode


class _AsFarAsItGoes:
    """Drops what cannot be written, to a full disk or to nobody: no alert and no order fails for want of its line."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError:
            return

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            return


def configure_logs() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _bugs,
            _logfmt,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _AsFarAsItGoes(sys.stderr))),
        cache_logger_on_first_use=True,
    )


def _bugs(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog's processor for what `log.exception` tells."""
    if event.pop("exc_info", None) and (error := sys.exc_info()[1]):
        event["error"] = trail(error)
    return event


def _logfmt(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    """structlog's own renderer looks at each character of each key, which took longer than all else of a line."""
    first = {name: event.pop(name) for name in ("timestamp", "level", "event")}
    facts = {**first, **event}.items()
    return " ".join([f"{name}={_value(value)}" for name, value in facts])


def _value(value: object) -> str:
    """In quotes, and with escapes for what could be taken for more than this value, if that is needed."""
    written = "" if value is None else str(value)
    if not written.isprintable():  # as are line ends of every kind, escapes, and what turns text around
        return json.dumps(written)
    return written if not written or _PLAIN.fullmatch(written) else _in_quotes(written)


def trail(error: BaseException) -> str:
    """Where an error of ours came from, innermost call last. Not its words: they may quote a request and its secret."""
    calls = [f"{call.name} ({call.filename}:{call.lineno})" for call in traceback.extract_tb(error.__traceback__)]
    return " > ".join([*calls, type(error).__name__])
