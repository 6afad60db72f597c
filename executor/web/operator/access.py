"""Who may see what.

On this machine the pages work without a login as long as there is no operator. Once there is one, they ask for the
login here as well: every user and container of the machine can reach loopback, and the pages list everything and halt
trading. Without it they want a browser's own connection: a proxy that config.yaml does not name may bring the world
here, and some leave no trace. The same goes for the metrics and the details of /health/ready, but that programs read
them: they show a token instead. A receipt stays open here: a peer that asks for one has its unguessable name from the
answer to an alert.
"""

import hmac

from flask import request

from executor.config import OperatorSection
from executor.web.operator import sessions
from executor.web.state import browsing_on_this_machine, from_this_machine, runner


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
    """Whether this client may read how it stands: the metrics, and the details of /health/ready."""
    known = operator()
    return sessions.logged_in() or _shows(known) if known else from_this_machine()


def _shows(known: OperatorSection) -> bool:
    """Whether the request shows the operator's metrics_token."""
    if known.metrics_token is None:
        return False
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    right = known.metrics_token.get_secret_value().encode()
    return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), right)
