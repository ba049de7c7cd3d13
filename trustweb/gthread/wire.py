"""A client's socket that buffers a request until it is complete, without a thread."""

from __future__ import annotations

import errno
import re
import socket
import time
from contextlib import suppress
from threading import Semaphore
from typing import Any, ClassVar

REQUEST_TIMEOUT = 10
"""Seconds that a request may take to arrive, from its first byte to its last."""
LARGEST_BODY = 64 * 1024
"""The largest body in bytes that is buffered; the app accepts no larger one."""
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,9})[ \t]*\r?$", re.I | re.M)
_EXPECTS = re.compile(rb"^expect:", re.I | re.M)


class Wire(socket.socket):
    """A client's socket that buffers a request until it is complete, without a thread."""

    send_timeout: ClassVar[float] = 30
    """Seconds that the client may take to read an answer that is larger than the kernel's send buffer."""

    def __init__(self, accepted: socket.socket, slow: Semaphore) -> None:
        super().__init__(fileno=accepted.detach())
        self._slow_reads = slow
        self._received = bytearray()
        self._length = 0
        self.deadline = 0.0
        self.delayed: bytearray | None = None
        self.drained = 0

    def has_arrived(self, before: bytes = b"") -> bool:
        """Return True once a request is complete or the client has gone. ``before``: bytes read past the last one."""
        if not self._received:
            self._length, self.deadline = 0, time.monotonic() + REQUEST_TIMEOUT
        more = before
        while not self._is_whole(more):
            try:
                more = super().recv(65536, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            except OSError:
                more = b""
            if not more:  # the client has gone: drop half a request
                self._received.clear()
                break
        return True

    def _is_whole(self, more: bytes) -> bool:
        """Add bytes, and return True once the head and the body of its Content-Length are here.

        A body without a length (chunks), or with one over LARGEST_BODY, is not waited for: the app deals with it.
        """
        seen = len(self._received)
        self._received += more
        if not self._length:
            if (end := self._received.find(b"\r\n\r\n", max(0, seen - 3))) < 0:
                return seen > LARGEST_BODY
            head = bytes(self._received[:end])
            found = None if _EXPECTS.search(head) else _LENGTH.search(head)
            length = int(found[1]) if found else 0
            self._length = end + 4 + (length if length <= LARGEST_BODY else 0)
        return len(self._received) >= self._length

    def take(self) -> bytes:
        """Return the buffered request and empty the buffer."""
        received = bytes(self._received)
        self._received.clear()
        return received

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Read a body that was not buffered. At most half of the threads may wait for such bodies."""
        if self.gettimeout() is not None:  # gunicorn set a time-out of its own
            return super().recv(size, flags)
        with suppress(BlockingIOError):
            return super().recv(size, flags | socket.MSG_DONTWAIT)
        if not self._slow_reads.acquire(blocking=False):
            raise _gone("too many others are waited for")
        try:
            self.settimeout(max(0.001, self.deadline - time.monotonic()))
            return super().recv(size, flags)
        except TimeoutError:
            raise _gone("the request does not end") from None
        finally:
            self.settimeout(None)
            self._slow_reads.release()

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send within ``send_timeout`` seconds, or keep an answer that is to be delayed."""
        if self.delayed is not None:
            self.delayed += data
            return
        self.settimeout(self.send_timeout)
        try:
            super().sendall(data, flags)
        except TimeoutError:
            raise _gone("the client does not read") from None
        finally:
            self.settimeout(None)


def _gone(why: str) -> ConnectionResetError:
    """Return the error that gunicorn treats as a client that has gone."""
    return ConnectionResetError(errno.ECONNRESET, why)
