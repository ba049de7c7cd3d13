"""A machine that has no more threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TOO_LARGE = 1 << 46
"""Bytes of stack that no machine has, so that a thread cannot start."""


@contextmanager
def none_left() -> Iterator[None]:
    before = threading.stack_size(_TOO_LARGE)
    try:
        yield
    finally:
        threading.stack_size(before)
