"""A push service on loopback, and a subscribed browser that decrypts messages by RFC 8291."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from tests.support.kit import Kit
from trustweb.models import Delivery

LOCAL = {"PUSH_HOSTS": "localhost,127.0.0.1"}


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def public(data: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


class Subscriber:
    """A browser: it made a key pair and a secret, and told the site of the public halves and the endpoint."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": encode(point(self._key.public_key())), "auth": encode(self._auth)}

    @property
    def says(self) -> str:
        return json.dumps({"endpoint": self.endpoint, "expirationTime": None, "keys": self.keys})

    def opens(self, body: bytes) -> dict[str, str]:
        """RFC 8291, 3.4, and the one record of RFC 8188."""
        salt, size, key_length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, record = body[21 : 21 + key_length], body[21 + key_length :]
        shared = self._key.exchange(ec.ECDH(), public(theirs))
        info = b"WebPush: info\x00" + point(self._key.public_key()) + theirs
        secret = _hkdf(self._auth, shared, info, 32)
        key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\x00", 12)
        padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\x00")
        assert len(record) <= size
        assert padded.endswith(b"\x02")  # the last record
        told: dict[str, str] = json.loads(padded[:-1])
        return told


def claims(authorization: str) -> dict[str, Any]:
    """Return the claims of a VAPID header (RFC 8292) after a check of its signature."""
    scheme, _, rest = authorization.partition(" ")
    parts = dict(each.strip().split("=", 1) for each in rest.split(","))
    head, body, signature = parts["t"].split(".")
    raw = decode(signature)
    signed = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public(decode(parts["k"])).verify(signed, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    assert (scheme, json.loads(decode(head))["alg"]) == ("vapid", "ES256")
    return {"k": parts["k"]} | json.loads(decode(body))


class PushService:
    """Keeps what is posted to it. ``status``, ``headers`` and ``drip`` say how it answers."""

    def __init__(self) -> None:
        self.status, self.headers, self.drip = 201, dict[str, str](), 0.0
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                while service.drip:
                    self.wfile.write(b"H")
                    time.sleep(service.drip)
                self.send_response(service.status)
                for name, value in service.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://localhost:{self._server.server_port}"

    def subscriber(self, name: str = "alice") -> Subscriber:
        return Subscriber(f"{self.url}/push/{name}")

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.drip = 0.0
        self._server.shutdown()
        self._server.server_close()


def told(kit: Kit, service: PushService, browser: Subscriber) -> list[dict[str, str]]:
    """Return the notifications that the browser has got."""
    kit.deliver()
    return [browser.opens(body) for _, _, body in service.got]


def states(kit: Kit) -> list[str]:
    with kit.core.database.reading() as work:
        return list(work.db.scalars(select(Delivery.state).where(Delivery.kind == "prompt")))
