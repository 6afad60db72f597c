"""What a piece of code makes Python import."""

import subprocess
import sys


def imported_by(code):
    """The names of the modules that a new process imports for it."""
    command = [sys.executable, "-X", "importtime", "-c", code]
    log = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    lines = [line for line in log.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}
