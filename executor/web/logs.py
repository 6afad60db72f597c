"""Logs as facts with fields: one line an event, on standard error."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog


def configure_logs() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _bugs,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], drop_missing=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _bugs(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog's processor for what `log.exception` tells."""
    if event.pop("exc_info", None) and (error := sys.exc_info()[1]):
        event["error"] = trail(error)
    return event


def trail(error: BaseException) -> str:
    """Where an error of ours came from, innermost call last. Not its words: they may quote a request and its secret."""
    calls = [f"{call.name} ({call.filename}:{call.lineno})" for call in traceback.extract_tb(error.__traceback__)]
    return " > ".join([*calls, type(error).__name__])
