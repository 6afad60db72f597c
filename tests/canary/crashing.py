"""The executor with two bugs: certain alerts crash the request or the lane, in words that quote every secret."""

import os

from executor.cli import main
from executor.engine import intake, steps

CRASHES = iter(range(2))  # of a lane; then it goes on


class Bug(Exception):
    """Quotes what it should not."""


def words():
    return " ".join(f"{name}={value}" for name, value in os.environ.items())


def crashing_request(step):
    def run(book, alert):
        if alert.fields.get("crash") == "request":
            raise Bug(words())
        return step(book, alert)

    return run


def crashing_lane(step):
    def run(work, order, *more):
        if order.intent.symbol == "SYM99USDT" and next(CRASHES, None) is not None:
            raise Bug(words())
        return step(work, order, *more)

    return run


intake.map_alert = crashing_request(intake.map_alert)
steps.place, steps.send = crashing_lane(steps.place), crashing_lane(steps.send)

if __name__ == "__main__":
    main()
