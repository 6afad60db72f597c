"""python -m tests.fuzz: every target in turn, each time with other inputs. Ends at the first that breaks one."""

import argparse
import time

from tests.fuzz.targets import TARGETS, fuzz

AT_ONCE = 500


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=time.time_ns() // 10**9, help="of the first round")
    asked = parser.parse_args()
    deadline, seed = time.monotonic() + asked.seconds, asked.seed
    while time.monotonic() < deadline:
        for target in TARGETS:
            print(f"{target.__name__}: {AT_ONCE} inputs of seed {seed}", flush=True)
            fuzz(target, AT_ONCE, seed)
        seed += 1


if __name__ == "__main__":
    main()
