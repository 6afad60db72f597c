"""The HTTP face: alerts in; receipts, pages, metrics and health out."""

import sys
from typing import Any


def __getattr__(name: str) -> Any:
    """`executor.web:create_app()` is what gunicorn is given; loaded in a worker, so that the master stays small."""
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _load_structlog()
    from executor.web.app import create_app

    return create_app


def _load_structlog() -> None:
    """Without rich, which it would take along for tracebacks in colour: 7 MB that no server needs."""
    if "structlog" not in sys.modules and "rich" not in sys.modules:
        sys.modules["rich"] = None  # type: ignore[assignment]  # Python's own way to say that a module cannot be had
        import structlog  # noqa: F401 - loaded for everybody

        del sys.modules["rich"]
