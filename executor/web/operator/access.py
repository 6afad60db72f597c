"""Which client may see which page.

Without an operator in config.yaml, the pages work without a login for a browser on this machine. The browser must be
connected directly: a proxy that config.yaml does not name may pass on any client, and some proxies leave no trace.

With an operator, the pages ask for the login on this machine too: every user and container of it can reach loopback,
and the pages show everything and halt trading. The metrics and the details of /health/ready follow the same rules, but
programs read them, so a token takes the place of the login. A receipt needs no login on this machine: a client that
asks for one knows its name, which cannot be guessed, from the answer to an alert.
"""

import hmac

from flask import request

from executor.config import OperatorSection
from executor.web.context import browsing_on_this_machine, from_this_machine, runner
from executor.web.operator import sessions


def operator() -> OperatorSection | None:
    return runner().config.operator


def exists() -> bool:
    """Whether there is anything here for this client; for others it is 404."""
    return operator() is not None or browsing_on_this_machine()


def granted() -> bool:
    """Whether this client may see everything and halt trading."""
    return sessions.logged_in() if operator() else browsing_on_this_machine()


def granted_receipt() -> bool:
    """Whether this client may read the receipt that it names."""
    return from_this_machine() or granted()


def granted_monitoring() -> bool:
    """Whether this client may read the metrics and the details of /health/ready."""
    known = operator()
    return sessions.logged_in() or _shows(known) if known else from_this_machine()


def _shows(known: OperatorSection) -> bool:
    """Whether the request shows the operator's metrics_token."""
    if known.metrics_token is None:
        return False
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    right = known.metrics_token.get_secret_value().encode()
    return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), right)
