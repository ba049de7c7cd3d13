"""A client's connection, which holds no thread while a request comes."""

from __future__ import annotations

import errno
import re
import socket
import time
from contextlib import suppress
from threading import Semaphore
from typing import Any, ClassVar

TO_ASK = 10
"""Seconds that a request may take to come, from its first byte to its last."""
LARGEST = 64 * 1024
"""Bytes of a body that are waited for; the app takes no more."""
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,9})[ \t]*\r?$", re.I | re.M)
_EXPECTS = re.compile(rb"^expect:", re.I | re.M)


class Wire(socket.socket):
    """A client's connection. What comes of a request is collected until it is whole; no thread waits for it."""

    to_read: ClassVar[float] = 30
    """Seconds that the client may take to read an answer that is larger than what the kernel keeps for it."""

    def __init__(self, accepted: socket.socket, slow: Semaphore) -> None:
        super().__init__(fileno=accepted.detach())
        self._slow = slow
        self._came = bytearray()
        self._whole = 0
        self.until = 0.0
        self.held: bytearray | None = None
        self.drained = 0

    def has_come(self, before: bytes = b"") -> bool:
        """Whether a request is here, or the client has gone. ``before``: what came behind the last request."""
        if not self._came:
            self._whole, self.until = 0, time.monotonic() + TO_ASK
        more = before
        while not self._is_whole(more):
            try:
                more = super().recv(65536, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            except OSError:
                more = b""
            if not more:  # of half a request nothing is done
                self._came.clear()
                break
        return True

    def _is_whole(self, more: bytes) -> bool:
        """Its head, and as much of a body as it says. What says nothing (chunks), or too much, is left to the app."""
        seen = len(self._came)
        self._came += more
        if not self._whole:
            if (end := self._came.find(b"\r\n\r\n", max(0, seen - 3))) < 0:
                return seen > LARGEST
            head = bytes(self._came[:end])
            found = None if _EXPECTS.search(head) else _LENGTH.search(head)
            length = int(found[1]) if found else 0
            self._whole = end + 4 + (length if length <= LARGEST else 0)
        return len(self._came) >= self._whole

    def take(self) -> bytes:
        came = bytes(self._came)
        self._came.clear()
        return came

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Of a body that was not waited for. Half of the threads wait for such ones at most."""
        if self.gettimeout() is not None:  # whoever set it says how long
            return super().recv(size, flags)
        with suppress(BlockingIOError):
            return super().recv(size, flags | socket.MSG_DONTWAIT)
        if not self._slow.acquire(blocking=False):
            raise _gone("too many others are waited for")
        try:
            self.settimeout(max(0.001, self.until - time.monotonic()))
            return super().recv(size, flags)
        except TimeoutError:
            raise _gone("the request does not end") from None
        finally:
            self.settimeout(None)
            self._slow.release()

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        if self.held is not None:
            self.held += data
            return
        self.settimeout(self.to_read)
        try:
            super().sendall(data, flags)
        except TimeoutError:
            raise _gone("the client does not read") from None
        finally:
            self.settimeout(None)


def _gone(why: str) -> ConnectionResetError:
    """What gunicorn takes for a client that has gone."""
    return ConnectionResetError(errno.ECONNRESET, why)
