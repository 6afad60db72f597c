"""The executor with a trapdoor: it kills itself, once, just before or just after a named step."""

import os
import signal
from pathlib import Path

from flask import Flask

from executor.bitget.exchange import BitgetExchange
from executor.ledger.alerts import AlertStore
from executor.ledger.lanes import LaneStore
from executor.ledger.orders import OrderStore
from tests.soak.quick import create_app as quick_create_app


def create_app() -> Flask:
    step, _, when = os.environ["CRASH_AT"].partition(":")
    owners = {"send": BitgetExchange, "record": AlertStore, "claim": LaneStore}
    owner = owners.get(step, OrderStore)
    setattr(owner, step, trapdoor(getattr(owner, step), when, Path(os.environ["CRASH_ONCE"])))
    return quick_create_app()


def trapdoor(real, when, once):
    def stepped(*arguments, **named):
        if when == "before":
            fall(once)
        result = real(*arguments, **named)
        if when == "after":
            fall(once)
        return result

    return stepped


def fall(once):
    """SIGKILL this process, unless one has fallen here already."""
    try:
        once.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
