"""Who may see what.

On this machine the pages work without a login as long as there is no operator. Once there is one, they ask for the
login here as well: every user and container of the machine can reach loopback, and the pages list everything and halt
trading. Without it they want a browser's own connection: a proxy that nobody told us of may bring the world here, and
some leave no trace. A receipt stays open here: whoever asks for one has its unguessable name from the answer to an
alert.
"""

from executor.config import Operator
from executor.web.operator import sessions
from executor.web.state import browsing_on_this_machine, from_this_machine, runner


def operator() -> Operator | None:
    return runner().config.operator


def exists() -> bool:
    """Whether there is anything here for this client; for others it is 404."""
    return operator() is not None or browsing_on_this_machine()


def granted() -> bool:
    """Whether this client may see everything and halt trading."""
    return sessions.logged_in() if operator() else browsing_on_this_machine()


def granted_reading() -> bool:
    """Whether this client may read what it can name: a receipt, the metrics."""
    return from_this_machine() or granted()
