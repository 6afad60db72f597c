"""The HTTP face: alerts in, receipts and health out."""

from typing import Any


def __getattr__(name: str) -> Any:
    """`executor.web:create_app()` is what gunicorn is given; loaded in a worker, so that the master stays small."""
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from executor.web.app import create_app

    return create_app
