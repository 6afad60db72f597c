"""python -m tests.soak: the long proof. Exits 1 unless nothing was lost, run twice, or left on the wrong side."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.postgres import running_postgres
from tests.soak.plan import Plan
from tests.soak.run import soak


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--alerts", type=int, default=2000)
    parser.add_argument("--symbols", type=int, default=20)
    parser.add_argument("--faults", type=float, default=0.1, help="chance that an order meets one")
    parser.add_argument("--kill-every", type=float, default=3.0, help="seconds between SIGKILLs")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rate", type=float, default=20.0, help="alerts a second")
    parser.add_argument("--ledger", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    nodes = 2 if asked.ledger == "postgresql" else 1
    plan = Plan(
        asked.alerts, asked.symbols, asked.faults, asked.kill_every, asked.workers, nodes, asked.seed, asked.rate
    )
    with tempfile.TemporaryDirectory() as folder:
        if asked.ledger == "sqlite":
            books = soak(plan, Path(folder), f"sqlite:///{folder}/ledger.db")
        else:
            with running_postgres(Path(folder)) as url:
                books = soak(plan, Path(folder), url)
    print(books)
    sys.exit(not books.clean)


if __name__ == "__main__":
    main()
