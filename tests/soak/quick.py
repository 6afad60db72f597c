"""The executor with a shorter life of signatures, to match a simulator that is set to the same.

The only difference to the real thing is how long an order in doubt takes to be judged.
"""

import os
from datetime import timedelta

from flask import Flask

from executor.engine import resolving
from executor.web import create_app as real_create_app


def create_app() -> Flask:
    resolving.SIGNATURE_LIFETIME = timedelta(seconds=float(os.environ["SOAK_SIGNATURE_SECONDS"]))
    resolving.LATE_READS = timedelta(seconds=0.5)
    return real_create_app()
