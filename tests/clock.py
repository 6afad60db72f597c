"""A wall clock that can be stepped while the executor runs, as a person or NTP steps a machine's."""

import os
from datetime import timedelta
from pathlib import Path

from executor.times import utc_now

FILE = "STEPPED_CLOCK"  # names the file, in the environment of a process, that holds how far its clock is off


class SteppedClock:
    """Off the machine's own clock by `off`. Call it for the time."""

    def __init__(self, off=timedelta(0)):
        self.off = off

    def __call__(self):
        return utc_now() + self.off

    def step(self, **by):
        """Step it by a number of `seconds`, `minutes`, …; negative ones step it back."""
        self.off += timedelta(**by)


def clock_of_process():
    """The wall clock of a process under test: off by the seconds in the file that its environment names, if any."""
    name = os.environ.get(FILE)
    if name is None:
        return utc_now
    file = Path(name)

    def now():
        return utc_now() + timedelta(seconds=float(file.read_text()))

    return now


def step_process(file, seconds):
    """Let the clock of every process that reads this file be off by that much from now on."""
    new = file.with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(file)
