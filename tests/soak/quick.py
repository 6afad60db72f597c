"""The executor with a shorter life of signatures, to match a simulator that is set to the same.

The only difference to the real thing is how long an order in doubt takes to be judged, and that the wall clock can be
stepped: see tests/clock.py.
"""

import os
from datetime import timedelta

from flask import Flask

from executor.engine.timings import Timings
from executor.web import create_app as real_create_app
from tests.clock import clock_of_process


def create_app() -> Flask:
    lifetime = timedelta(seconds=float(os.environ["SOAK_SIGNATURE_SECONDS"]))
    return real_create_app(now=clock_of_process(), timings=Timings(signature_lifetime=lifetime))
