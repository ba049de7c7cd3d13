"""Rules for new passwords, and password hashing in one thread per process."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import TypeVar

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from trustweb.config import Config
from trustweb.work import Refused

T = TypeVar("T")

LONGEST = 1024
_DUMMY = "a password that nobody has"
_LEAST_MEMORY = 8
"""Argon2's minimum, in KiB."""


class PasswordRefused(Refused):
    """A new password breaks a rule. ``reason``: short (``least`` characters are needed), long, common or name."""

    def __init__(self, reason: str, least: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.least = least


class TooBusy(Refused):
    """The hashing queue is full."""


def normalise(password: str) -> str:
    """Return the NFC form: keyboards produce é as one code point or two, and both are the same password."""
    return unicodedata.normalize("NFC", password)


def least_length(config: Config) -> int:
    """Return the fewest characters of a new password: more where it may be the only factor."""
    return 8 if config.two_factor == "required" else 15


def check_new(config: Config, password: str, name: str) -> None:
    """Refuse a password that is too short, too long, common, or made of the account's name. Raises PasswordRefused."""
    password = normalise(password)
    if len(password) < least_length(config):
        raise PasswordRefused("short", least_length(config))
    if len(password) > LONGEST:
        raise PasswordRefused("long", LONGEST)
    folded = password.casefold()
    if folded in _common() or len(set(folded)) == 1:
        raise PasswordRefused("common")
    rest = folded.replace(name.casefold(), "")
    for part in re.split(r"[\W_]+", f"{name} {config.site_name}".casefold()):
        if len(part) >= 3:
            rest = rest.replace(part, "")
    if len(rest) < len(folded) and len(rest) < 5:
        raise PasswordRefused("name")


# Depends on nothing: the lists are part of zxcvbn.
@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    # Imported late: the lists are large, and only a new password needs them.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset().union(*FREQUENCY_LISTS.values())


class Hasher:
    """Argon2id in one thread per process, with a bounded queue.

    Each hashing thread needs 19 MiB of its own, and more threads than cores make nothing faster. A request that waits
    for a hash holds one of the server's threads. So strangers may wait in half of those threads: a flood of guesses
    leaves the other half to pages, and to the browsers that people sign in with every day.
    """

    def __init__(self, config: Config) -> None:
        self._argon2 = PasswordHasher(time_cost=config.argon2_time, memory_cost=config.argon2_memory, parallelism=1)
        self._most = config.hash_queue
        self._most_strangers = max(1, config.web_threads // 2)
        self._waiting = self._strangers = 0
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._thread: ThreadPoolExecutor | None = None
        self._dummy: str | None = None

    @contextmanager
    def place(self, *, known_browser: bool) -> Iterator[None]:
        """Hold a place in the queue; a thread that has one takes no second. Raises TooBusy."""
        if getattr(self._mine, "has_place", False):
            yield
            return
        with self._lock:
            if self._is_full(known_browser):
                raise TooBusy
            self._waiting += 1
            self._strangers += not known_browser
        self._mine.has_place = True
        try:
            yield
        finally:
            self._mine.has_place = False
            with self._lock:
                self._waiting -= 1
                self._strangers -= not known_browser

    def _is_full(self, known_browser: bool) -> bool:
        if known_browser:
            return self._waiting >= self._most
        return self._strangers >= self._most_strangers or self._waiting >= self._most // 2

    def hash(self, password: str) -> str:
        """Return the hash of a new password. Raises TooBusy."""
        return self._run(True, self._argon2.hash, normalise(password))

    def verify(self, stored: str | None, password: str, *, known_browser: bool) -> bool:
        """Compare a password with a stored hash, in the same time when there is none. Raises TooBusy."""
        return self._run(known_browser, self._verify, stored, normalise(password)[: LONGEST * 2])

    def needs_rehash(self, stored: str) -> bool:
        """Return True if the hash was made with other settings than today's."""
        return self._argon2.check_needs_rehash(stored)

    def _verify(self, stored: str | None, password: str) -> bool:
        if self._dummy is None:  # for a known name too: otherwise the first unknown name would take twice as long
            self._dummy = self._argon2.hash(_DUMMY)
        if stored is None:
            stored, password = self._dummy, "not " + _DUMMY
        try:
            return self._argon2.verify(stored, password)
        except (VerificationError, InvalidHashError):
            self._make_up(self._missing_work(stored))
            return False

    def _missing_work(self, stored: str) -> int:
        """Return how much less work a hash was than one with today's settings, in KiB times passes."""
        full = self._argon2.time_cost * self._argon2.memory_cost
        try:
            was = extract_parameters(stored)
        except InvalidHashError:
            return full
        return full - was.time_cost * was.memory_cost

    def _make_up(self, missing: int) -> None:
        """Add the missing work of an old hash, which would reveal by a faster refusal that the account exists."""
        if missing < _LEAST_MEMORY:
            return
        passes = -(-missing // self._argon2.memory_cost)
        PasswordHasher(time_cost=passes, memory_cost=max(missing // passes, _LEAST_MEMORY), parallelism=1).hash(_DUMMY)

    def _run(self, known_browser: bool, work: Callable[..., T], *arguments: object) -> T:
        with self.place(known_browser=known_browser):
            with self._lock:
                if self._thread is None:  # made at the first use, since threads do not survive a fork
                    self._thread = ThreadPoolExecutor(1, thread_name_prefix="argon2")
            return self._thread.submit(work, *arguments).result()
