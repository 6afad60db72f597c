"""Log lines: one event with its fields a line, on standard error."""

import json
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, TextIO

import structlog

_word = re.compile(r"[\w.:/+-]+", re.ASCII).fullmatch  # as most values are: to be written as they are
_PLAIN = re.compile(r"""[^\s"=\\]+""")
_in_quotes = json.JSONEncoder(ensure_ascii=False).encode


class _AsFarAsItGoes:
    """Drops lines that cannot be written, as to a full disk: no alert or order fails for a log line."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def _write(self, line: str) -> None:
        try:
            self._file.write(line)  # Python flushes its standard error after every line
        except OSError:
            return

    info = warning = error = critical = _write


def configure_logs() -> None:
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=partial(_AsFarAsItGoes, sys.stderr),
        cache_logger_on_first_use=True,
    )


def _line(_logger: Any, level: str, event: MutableMapping[str, Any]) -> str:
    """structlog's only processor. A chain of its own processors took twice as long."""
    if event.pop("exc_info", None) and (error := sys.exc_info()[1]):
        event["error"] = trail(error)
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    line = [f"timestamp={now} level={level} event={_value(event.pop('event'))}"]
    line += [f"{name}={v if isinstance(v, str) and _word(v) else _value(v)}" for name, v in event.items()]
    return " ".join(line) + "\n"


_PROCESSORS = [_line]  # one list for all time: loggers keep theirs, and tests put something else into it


def _value(value: object) -> str:
    """In quotes and with escapes where the value could else be read as more than one."""
    written = "" if value is None else str(value)
    if not written.isprintable():  # as are line ends of every kind, escapes, and what turns text around
        return json.dumps(written)
    return written if not written or _PLAIN.fullmatch(written) else _in_quotes(written)


def trail(error: BaseException) -> str:
    """Where an error of ours came from, innermost call last. Not its text, which may quote a request and its secret."""
    calls = [f"{call.name} ({call.filename}:{call.lineno})" for call in traceback.extract_tb(error.__traceback__)]
    return " > ".join([*calls, type(error).__name__])
