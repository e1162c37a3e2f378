"""Random documents in rounds, until one finds a fault or the number asked for is reached: `make fuzz`."""

import argparse
import os
import subprocess
import sys
from itertools import count
from math import ceil
from pathlib import Path

TESTS = ["tests/fuzz", "tests/api/test_equal_to_graphql_core.py"]
EXAMPLES = 500
"""Documents of each test on each engine in a round."""
ROUNDS = 10
"""Rounds of one run of pytest, which starts PostgreSQL."""


def main() -> int:
    """Run the rounds; the exit code is that of pytest where it found something."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, help="documents of each test on each engine; without it, no end")
    asked = parser.parse_args()
    left = None if asked.examples is None else ceil(asked.examples / EXAMPLES)
    for run in count():
        rounds = ROUNDS if left is None else min(ROUNDS, left - run * ROUNDS)
        if rounds <= 0:
            return 0
        command = [sys.executable, "-m", "pytest", "--quiet", "--exitfirst", *TESTS]
        environment = {**os.environ, "FUZZ": str(rounds)}
        done = subprocess.run(command, cwd=Path(__file__).parents[2], env=environment, check=False)  # noqa: S603
        if done.returncode:
            return done.returncode
        print(f"{(run * ROUNDS + rounds) * EXAMPLES:,} documents of each test on each engine: no fault", flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
