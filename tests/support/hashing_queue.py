"""The queue before the password check."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from trustweb.authentication.passwords import Hasher


@contextmanager
def queue_of(hasher: Hasher, length: int, *, known: bool = False) -> Iterator[None]:
    """Take one or two places, each in a thread: as strangers, or as people at ``known`` browsers."""
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second, ExitStack() as stack:
        for thread in (first, second)[:length]:
            place = hasher.place(known_browser=known)
            thread.submit(place.__enter__).result()
            stack.callback(lambda t=thread, p=place: t.submit(p.__exit__, None, None, None).result())
        yield
