"""python -m tests.cli.unchecked FILE: the server without the check before, as if the file had changed just then."""

import sys
from pathlib import Path

from executor.web.serving import Server

if __name__ == "__main__":
    Server(Path(sys.argv[1]), bind="127.0.0.1:0").run()
