"""The executor with a shorter life of signatures, to match a simulator that is set to the same.

The only difference to the real thing is how long an order in doubt takes to be judged.
"""

import os
from datetime import timedelta

from flask import Flask

from executor.engine.timings import Timings
from executor.web import create_app as real_create_app


def create_app() -> Flask:
    lifetime = timedelta(seconds=float(os.environ["SOAK_SIGNATURE_SECONDS"]))
    return real_create_app(timings=Timings(signature_lifetime=lifetime))
