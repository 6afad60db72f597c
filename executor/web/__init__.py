"""The HTTP face: alerts in, receipts and health out."""

from executor.web.app import create_app

__all__ = ["create_app"]
