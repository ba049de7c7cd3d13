"""The sender of logouts to apps. Each is a POST to the address that the operator registered for the app."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import ClassVar
from urllib.parse import urlencode, urlsplit

from trustweb.delivery.logouts import BACK_CHANNEL, Logout
from trustweb.transports import DeliveryError

_MOST = 4096
"""Bytes of an answer that are read. Nobody looks at them."""


class Apps:
    """Tells apps of logouts, as a transport sends messages."""

    name: ClassVar[str] = BACK_CHANNEL
    timeout: ClassVar[float] = 5.0

    def __init__(self, sign: Callable[[Logout], str]) -> None:
        """Take the function that makes the logout token, a signed JWT that says what ended."""
        self._sign = sign

    def send(self, logout: Logout) -> str:
        """Tell an app of a logout. Raises DeliveryError unless it has understood."""
        status = _Post(logout.uri, self.timeout).status({"logout_token": self._sign(logout)})
        if status not in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}:
            # 400: it has read the token and refuses it. Redirects are not followed.
            raise DeliveryError(f"http-{status}", permanent=status == HTTPStatus.BAD_REQUEST)
        return logout.sub


class _Post:
    """One POST of a form, bounded in all of its time. A socket's own time-out is for each read only."""

    def __init__(self, uri: str, seconds: float) -> None:
        parts = urlsplit(uri)
        if parts.scheme not in {"https", "http"} or not parts.hostname:
            raise DeliveryError("not-a-web-address", permanent=True)
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = make(parts.hostname, parts.port, timeout=seconds)
        self._is_safe = parts.scheme == "https"
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._late = threading.Event()

    def status(self, form: dict[str, str]) -> int:
        """Post the form and return the answer's status. Raises DeliveryError."""
        timer = threading.Timer(self._seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            with closing(self._connection):
                return self._exchange(form)
        except (OSError, HTTPException, ValueError) as error:
            raise DeliveryError("timeout" if self._late.is_set() else _reason(error)) from None
        finally:
            timer.cancel()

    def _exchange(self, form: dict[str, str]) -> int:
        self._connect()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Connection": "close"}
        self._connection.request("POST", self._path, urlencode(form), headers)
        with self._connection.getresponse() as answer:
            answer.read(_MOST)
            if self._late.is_set():  # an answer that was cut off may look complete
                raise TimeoutError
            return answer.status

    def _connect(self) -> None:
        """Connect within the time, also where each of several addresses takes as long as it may."""
        connection = self._connection
        connection.sock = socket.create_connection((connection.host, connection.port), self._seconds / 2)
        connection.sock.settimeout(max(0.01, self._until - time.monotonic()))
        if self._is_safe:
            import ssl

            # Read at each connection: an authority that the operator adds counts at once.
            trusted = ssl.create_default_context()
            connection.sock = trusted.wrap_socket(
                connection.sock, server_hostname=connection.host, do_handshake_on_connect=False
            )
            connection.sock.do_handshake()
        if self._late.is_set():
            raise TimeoutError

    def _cut(self) -> None:
        self._late.set()
        sock = self._connection.sock
        if sock is not None:
            with suppress(OSError):  # SSLSocket.shutdown would drop the TLS state under the reader
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if type(error).__module__ == "ssl":
        return "tls"
    return "unreachable" if isinstance(error, OSError) else "no-http"
