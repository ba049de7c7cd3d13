"""The client of Vonage's API that texts and calls share, bounded in time, and the mapping of its errors.

Both transports load this file by path: a plugin cannot import its siblings by name. The SDK (0.6 s, 24 MiB) is
imported inside functions, so a process that never sends never pays for it.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from trustweb.transports import DeliveryError, Setting

if TYPE_CHECKING:
    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter
    from vonage import Auth, Vonage

API_URL = Setting("VONAGE_API_URL", "Scheme, host and port of the API, if not Vonage's own.", default="")
# Time out before Trustweb stops waiting for ``send``, so no thread stays behind with a slow carrier.
SHARE_OF_TIMEOUT = 0.8


def origin(url: str) -> tuple[str, bool]:
    """Return the URL's host with its port, and True for plain http. Raises ValueError for http beyond loopback."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    bare = parts.netloc and "@" not in parts.netloc and parts.path in ("", "/") and not parts.query
    if not bare or parts.scheme not in ("https", "http"):
        raise ValueError("VONAGE_API_URL is a scheme, a host and a port: https://api.example.com:443.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("VONAGE_API_URL must be https://; http:// is for this machine alone.")
    return parts.netloc, parts.scheme == "http"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class BoundedAdapter:
    """Adapter below the SDK's session that bounds the whole exchange, and uses http on loopback.

    The SDK's time-out is for each read, so an answer of a byte a second would hold a thread for hours.
    """

    def __init__(self, inner: HTTPAdapter, *, plain: bool, seconds: float) -> None:
        self.inner, self.plain, self.seconds = inner, plain, seconds
        self.pool: Any = None
        self.connection: Any = None

    def send(self, request: PreparedRequest, **options: Any) -> Response:
        if self.plain:
            request.url = (request.url or "").replace("https", "http", 1)
        # While connecting there is no socket to shut down yet, and each address of the host is tried in turn.
        options["timeout"] = (self.seconds / 3, options["timeout"])
        self._watch(request, options)
        late = threading.Event()
        timer = threading.Timer(self.seconds, self._cut, [late])
        timer.daemon = True
        timer.start()
        try:
            response = self.inner.send(request, **options)
            _ = response.content  # read here, where the time is bounded; the session would read it later
        except OSError:
            if not late.is_set():
                raise
        finally:
            timer.cancel()
        if late.is_set():  # a truncated answer without a Content-Length looks complete
            raise TimeoutError
        return response

    def close(self) -> None:
        self.inner.close()

    def _watch(self, request: PreparedRequest, options: dict[str, Any]) -> None:
        pool: Any = self.inner.get_connection_with_tls_context(
            request, options["verify"], proxies=options["proxies"], cert=options["cert"]
        )
        if pool is self.pool:
            return
        make, self.pool = pool.ConnectionCls, pool

        def remember(*args: Any, **kwargs: Any) -> Any:
            self.connection = make(*args, **kwargs)
            return self.connection

        pool.ConnectionCls = remember

    def _cut(self, late: threading.Event) -> None:
        late.set()
        sock = getattr(self.connection, "sock", None)
        if sock is not None:
            with suppress(OSError):  # SSLSocket.shutdown would drop the TLS state under the reader
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Clients:
    """The SDK's clients for one product, one per thread: a client keeps the headers of all requests in one dict."""

    def __init__(self, url: str, timeout: float) -> None:
        self.url, self.seconds = url, timeout * SHARE_OF_TIMEOUT
        self._mine = threading.local()

    def get(self, auth: Callable[[], Auth]) -> Vonage:
        client: Vonage | None = getattr(self._mine, "client", None)
        if client is None:
            client = self._mine.client = self._make(auth())
        return client

    def _make(self, auth: Auth) -> Vonage:
        from requests.adapters import HTTPAdapter
        from vonage import HttpClientOptions, Vonage

        logging.getLogger("vonage").setLevel(logging.ERROR)  # at DEBUG it prints texts and credentials
        # The SDK takes pool_maxsize as its number of attempts too: ten would send ten texts over a broken connection.
        options: dict[str, Any] = {"timeout": 10, "pool_connections": 1, "pool_maxsize": 1, "max_retries": 0}
        host, plain = origin(self.url) if self.url else ("", False)
        if host:
            options |= {"api_host": host, "rest_host": host}
        client = Vonage(auth, HttpClientOptions(**options))
        session = client.http_client._session
        session.mount("https://", BoundedAdapter(HTTPAdapter(), plain=plain, seconds=self.seconds))
        session.max_redirects = 0  # a redirected POST is a second send, maybe to somebody else
        session.trust_env = not plain  # a proxy does not reach loopback
        return client


def fault(error: Exception) -> DeliveryError:
    """Map an error of the SDK to a DeliveryError, without its message: that quotes the request, and so the code."""
    import pydantic
    import requests
    from vonage_http_client import HttpRequestError

    if isinstance(error, HttpRequestError):
        return _answered(error.response)
    if isinstance(error, TimeoutError | requests.Timeout):
        return DeliveryError("timeout")
    if isinstance(error, requests.TooManyRedirects):
        return DeliveryError("redirected", permanent=True)
    if isinstance(error, requests.RequestException):
        return DeliveryError("connection")
    if isinstance(error, pydantic.ValidationError) and not error.title.endswith("Response"):
        return DeliveryError("invalid", permanent=True)
    return DeliveryError("unreadable-answer")  # a 200 with another body; the message may have been sent


def _answered(response: Response) -> DeliveryError:
    status = response.status_code
    if status == 429:
        wait = response.headers.get("Retry-After", "")
        return DeliveryError("throttled", retry_after=float(wait) if wait.isdecimal() else None)
    if status >= 500 or status == 408:
        return DeliveryError(f"http-{status}")
    words = {401: "credentials", 402: "no-credit", 403: "forbidden"}
    return DeliveryError(words.get(status, f"http-{status}"), permanent=True)
