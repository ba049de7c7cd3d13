"""A client's socket that buffers a request until it is complete, without a thread."""

from __future__ import annotations

import errno
import re
import socket
import time
from contextlib import suppress
from threading import Semaphore
from typing import Any, ClassVar

TO_ASK = 10
"""Seconds that a request may take to arrive, from its first byte to its last."""
LARGEST = 64 * 1024
"""The largest body in bytes that is buffered; the app accepts no larger one."""
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,9})[ \t]*\r?$", re.I | re.M)
_EXPECTS = re.compile(rb"^expect:", re.I | re.M)


class Wire(socket.socket):
    """A client's socket that buffers a request until it is complete, without a thread."""

    to_read: ClassVar[float] = 30
    """Seconds that the client may take to read an answer that is larger than the kernel's send buffer."""

    def __init__(self, accepted: socket.socket, slow: Semaphore) -> None:
        super().__init__(fileno=accepted.detach())
        self._slow = slow
        self._came = bytearray()
        self._whole = 0
        self.until = 0.0
        self.held: bytearray | None = None
        self.drained = 0

    def has_come(self, before: bytes = b"") -> bool:
        """Return True once a request is complete or the client has gone. ``before``: bytes read past the last one."""
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
            if not more:  # the client has gone: drop half a request
                self._came.clear()
                break
        return True

    def _is_whole(self, more: bytes) -> bool:
        """Add bytes, and return True once the head and the body of its Content-Length are here.

        A body without a length (chunks), or with one over LARGEST, is not waited for: the app deals with it.
        """
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
        """Return the buffered request and empty the buffer."""
        came = bytes(self._came)
        self._came.clear()
        return came

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Read a body that was not buffered. At most half of the threads may wait for such bodies."""
        if self.gettimeout() is not None:  # gunicorn set a time-out of its own
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
        """Send within ``to_read`` seconds, or keep an answer that is to be delayed."""
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
    """Return the error that gunicorn treats as a client that has gone."""
    return ConnectionResetError(errno.ECONNRESET, why)
