"""Make what the tests with other people's programs need: ``make clients``."""

import os
import subprocess
import sys

from tests.support.clients.environments import NAMES, NODE_PACKAGES, PINS, make, npm


def main(names: list[str]) -> int:
    failed = 0
    for name in names or NAMES:
        try:
            make(name)
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
            print(f"missing: {name}: {error}")
            failed += 1
    # By name somebody wants that one; of all of them, tests go without those that are missing, and say so.
    return 1 if failed and (names or os.environ.get("CI")) else 0


def lock() -> int:
    """Pin the newest packages for Node.js, without the addresses that they came from."""
    make("node")
    npm("update", "--package-lock-only", "--omit-lockfile-registry-resolved", folder=PINS / NODE_PACKAGES)
    return 0


if __name__ == "__main__":
    sys.exit(lock() if sys.argv[1:] == ["lock"] else main(sys.argv[1:]))
