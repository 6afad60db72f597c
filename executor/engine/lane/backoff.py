"""How long to wait before the next try: longer each time, never in step with others."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from tenacity import wait_exponential_jitter

_ORDERS = wait_exponential_jitter(multiplier=0.5, max=8, jitter=0.5)
_LOOKS = wait_exponential_jitter(multiplier=0.1, max=3, jitter=0.1)


def before_next_try(failures: int) -> timedelta:
    """The pause after that many tries of an order that did not get through (1 or more)."""
    return _pause(_ORDERS, failures)


def before_next_look(looks: int) -> timedelta:
    """The pause after that many looks for evidence (1 or more)."""
    return _pause(_LOOKS, looks)


def _pause(strategy: Any, count: int) -> timedelta:
    # tenacity's strategies read nothing else of a retry's state
    return timedelta(seconds=strategy(SimpleNamespace(attempt_number=min(count, 30))))
