"""Make what the tests with other people's programs need: ``make clients``."""

import json
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
    """Pin the newest packages for Node.js, without any address: where they came from, or whom to sponsor."""
    make("node")
    npm("update", "--package-lock-only", "--omit-lockfile-registry-resolved", folder=PINS / NODE_PACKAGES)
    path = PINS / NODE_PACKAGES / "package-lock.json"
    pins = json.loads(path.read_text("utf-8"))
    for each in pins["packages"].values():
        each.pop("funding", None)
    path.write_text(json.dumps(pins, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(lock() if sys.argv[1:] == ["lock"] else main(sys.argv[1:]))
