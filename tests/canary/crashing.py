"""The executor with two bugs: certain alerts crash the request or the lane, in words that quote every secret."""

import os

from executor.cli import main
from executor.engine import intake, lanes

mapped, queued = intake.map_alert, lanes.run_queued


class Bug(Exception):
    """Quotes what it should not."""


def words():
    return " ".join(f"{name}={value}" for name, value in os.environ.items())


def map_alert(book, alert):
    if alert.fields.get("crash") == "request":
        raise Bug(words())
    return mapped(book, alert)


def run_queued(work, order):
    if order.intent.symbol == "SYM99USDT":
        raise Bug(words())
    return queued(work, order)


intake.map_alert, lanes.run_queued = map_alert, run_queued

if __name__ == "__main__":
    main()
