"""Web Push notifications (RFC 8030, 8291, 8292) of a sign-in, for trusted devices that have no page open."""

from __future__ import annotations

import base64
import binascii
import http.client
import json
import os
import secrets
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from trustweb.transports import DeliveryError, Message, NotApplicable, Setting, Transport, hookimpl

SERVICES = "fcm.googleapis.com,*.push.services.mozilla.com,web.push.apple.com,*.notify.windows.com"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_TOKEN_LIFE = 12 * 3600


class DevicePush(Transport):
    name = "device_push"
    label = "Push Notifications"
    labels = {"de": "Push-Mitteilungen"}  # noqa: RUF012 - the contract says that nobody changes it
    method = "push"
    carries = frozenset({"prompt"})
    settings = (
        Setting("PUSH_HOSTS", "Hosts of push services that browsers may name; none turns notifications off.", SERVICES),
        Setting("PUSH_KEY", "The private key (PEM). Empty: made in the plugin's folder.", default="", secret=True),
        Setting(
            "PUSH_CONTACT", "Whom a push service may write to: mailto:… or https://…; empty: the site.", default=""
        ),
    )
    timeout = 10.0

    def check(self) -> None:
        if self.context.settings["PUSH_HOSTS"] == "none":
            raise NotApplicable("PUSH_HOSTS is none")
        local = urlsplit(self.context.public_url).hostname in LOOPBACK
        if LOOPBACK & self._hosts and not local:
            raise ValueError("PUSH_HOSTS names this machine, which is for a public URL on localhost only.")
        _ = self._key  # made or refused at start, not at the first message

    @cached_property
    def _hosts(self) -> frozenset[str]:
        return frozenset(each.strip().lower() for each in self.context.settings["PUSH_HOSTS"].split(","))

    @cached_property
    def _key(self) -> ec.EllipticCurvePrivateKey:
        given = self.context.settings["PUSH_KEY"].encode()
        path = self.context.folder / "vapid.pem"
        if not given and not path.exists():
            _make_key(path)
        with suppress(ValueError, TypeError):
            key = serialization.load_pem_private_key(given or path.read_bytes(), None)
            if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
                return key
        raise ValueError(f"{'PUSH_KEY' if given else path} is not a private key on the curve P-256 in PEM.")

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        import certifi

        return ssl.create_default_context(cafile=certifi.where())

    def subscribe_key(self) -> str:
        point = serialization.PublicFormat.UncompressedPoint
        return _encode(self._key.public_key().public_bytes(serialization.Encoding.X962, point))

    def check_destination(self, destination: str) -> None:
        self._allowed(Subscription.read(destination))

    def _allowed(self, subscription: Subscription) -> Subscription:
        host, scheme = subscription.url.hostname or "", subscription.url.scheme
        if host not in self._hosts and f"*.{host.partition('.')[2]}" not in self._hosts:
            raise ValueError("not a push service that PUSH_HOSTS names")
        if host not in LOOPBACK and (scheme != "https" or subscription.url.port not in (None, 443)):
            raise ValueError("not an https address")
        return subscription

    def send(self, message: Message) -> str:
        try:
            to = self._allowed(Subscription.read(message.destination))
        except ValueError:
            raise DeliveryError("not-allowed", permanent=True) from None
        words, _, url = message.text.rpartition("\n")
        content = json.dumps({"title": message.subject, "body": words, "url": url}).encode()
        left = (message.deadline - datetime.now(UTC)).total_seconds()
        headers = {
            "TTL": str(max(0, int(left))),
            "Urgency": "high",
            "Topic": message.idempotency_key[:32],  # a second attempt takes the place of the first
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Authorization": f"vapid t={self._token(to.url)}, k={self.subscribe_key()}",
        }
        status, wait = self._post(to.url, _encrypt(content, to), headers)
        if not 200 <= status < 300:
            raise _refusal(status, wait)
        return message.idempotency_key

    def _token(self, url: SplitResult) -> str:
        import jwt

        contact = self.context.settings["PUSH_CONTACT"] or self.context.public_url
        claims = {"aud": f"{url.scheme}://{url.netloc}", "exp": int(time.time()) + _TOKEN_LIFE, "sub": contact}
        return jwt.encode(claims, self._key, algorithm="ES256")

    def _post(self, url: SplitResult, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        connection = BoundedConnection(url, self._tls if url.scheme == "https" else None, self.timeout * 0.8)
        try:
            return connection.post(f"{url.path or '/'}{'?' if url.query else ''}{url.query}", body, headers)
        except (OSError, http.client.HTTPException) as error:
            late = connection.late.is_set() or isinstance(error, TimeoutError)
            raise DeliveryError("timeout" if late else "connection") from None
        finally:
            connection.end()


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser's PushSubscription (W3C Push API)."""

    url: SplitResult
    key: bytes
    auth: bytes

    @classmethod
    def read(cls, destination: str) -> Subscription:
        """Parse its JSON. Raises ValueError."""
        try:
            sent = json.loads(destination)
            endpoint, key, auth = sent["endpoint"], _decode(sent["keys"]["p256dh"]), _decode(sent["keys"]["auth"])
            url = urlsplit(endpoint)
            _ = url.port
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
        except (LookupError, TypeError, AttributeError, RecursionError):
            raise ValueError("not a subscription") from None
        plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint and len(endpoint) <= 1024
        bare = url.scheme in ("https", "http") and url.hostname and "@" not in url.netloc and not url.fragment
        if not plain or not bare or len(key) != 65 or len(auth) != 16:
            raise ValueError("not a subscription")
        return cls(url, key, auth)


class BoundedConnection(http.client.HTTPConnection):
    """Connection for one exchange with a push service, bounded as a whole: a socket's time-out is for each read."""

    def __init__(self, url: SplitResult, tls: ssl.SSLContext | None, seconds: float) -> None:
        super().__init__(url.hostname or "", url.port or (443 if tls else 80), timeout=seconds / 3)
        self.default_port = 443 if tls else 80
        self.tls = tls
        self.late = threading.Event()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        self._timer.start()
        self.request("POST", path, body, headers)
        answer = self.getresponse()  # its body does not matter, and redirects are not followed
        if self.late.is_set():
            raise TimeoutError
        return answer.status, answer.headers.get("Retry-After", "")

    def connect(self) -> None:
        self.sock: Any = socket.create_connection((self._address(), self.port), self.timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls is not None:
            self.sock = self.tls.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def _address(self) -> str:
        """Resolve the host once and refuse a private address: a second look-up could lead elsewhere (DNS rebinding)."""
        found = [str(each[4][0]) for each in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)]
        if self.host not in LOOPBACK and not all(ip_address(each).is_global for each in found):
            raise DeliveryError("private-address", permanent=True)
        return found[0]

    def _cut(self) -> None:
        self.late.set()
        if self.sock is not None:
            with suppress(OSError):  # SSLSocket.shutdown would drop the TLS state under the reader
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def end(self) -> None:
        self._timer.cancel()
        self.close()


def _make_key(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # unlike a rename, a link never replaces the key of another process
            os.link(draft, path)
    finally:
        draft.unlink()


def _encrypt(content: bytes, to: Subscription) -> bytes:
    import http_ece

    ours = ec.generate_private_key(ec.SECP256R1())
    sealed: bytes = http_ece.encrypt(content, private_key=ours, dh=to.key, auth_secret=to.auth, version="aes128gcm")
    return sealed


def _refusal(status: int, wait: str) -> DeliveryError:
    if status in (404, 410):
        return DeliveryError(f"http-{status}", gone=True)
    if status in (408, 429) or status >= 500:
        seconds = float(wait) if wait.isdecimal() and len(wait) < 8 else None
        return DeliveryError("throttled" if status == 429 else f"http-{status}", retry_after=seconds)
    return DeliveryError("redirected" if 300 <= status < 400 else f"http-{status}", permanent=True)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None


@hookimpl
def trustweb_transports() -> list[type[Transport]]:
    return [DevicePush]
