"""An authenticator in software: it answers a page’s challenge, rightly, or wrong in one way."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.http_client import Visitor
from tests.support.markup import Node

ORIGIN = "http://localhost:8000"
PASSKEY_COPIED = "This passkey is off, because it seems that somebody has a copy of it."
PASSKEY_REFUSED = "This passkey does not work here. Please use another one, or another way."
PRESENT, VERIFIED, ELIGIBLE, COPIED, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One passkey. ``verifies``: it asks for a PIN; ``counts``: it says how often it has signed; ``eligible``: it may
    be copied to other devices; ``copied``: it is; ``transports``: what the browser says of it, None: nothing;
    ``claims``: flags besides."""

    verifies: bool = True
    counts: bool = True
    eligible: bool = False
    copied: bool = False
    transports: Any = None
    claims: int = 0
    origin: str = ORIGIN
    rp_id: str = "localhost"
    count: int = 0
    user_handle: str = ""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: os.urandom(20))

    def make(self, options: dict[str, Any]) -> str:
        """Make a passkey, and return the browser’s answer."""
        self.user_handle = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        point = {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        public = cbor2.dumps({1: 2, 3: -7, -1: 1} | point)
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        data = self._data(ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        parts = {"attestationObject": encode(attestation)}
        told = {} if self.transports is None else {"transports": self.transports}
        return self._answer("webauthn.create", options["challenge"], **parts, **told)

    def sign(self, options: dict[str, Any], **changed: Any) -> str:
        """Use the passkey, and return the browser’s answer."""
        self.count += self.counts
        data = self._data(0)
        client = self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {
            "authenticatorData": encode(data), "signature": encode(signature), "userHandle": self.user_handle
        } | changed  # fmt: skip
        return self._answer("webauthn.get", options["challenge"], **parts)

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0) | (COPIED if self.copied else 0)
        flags |= self.claims | (ELIGIBLE if self.eligible or self.copied else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, kind: str, challenge: str, **parts: Any) -> str:
        client = encode(self._client(kind, challenge))
        own = encode(self.id)
        return json.dumps(
            {"id": own, "rawId": own, "type": "public-key", "response": {"clientDataJSON": client} | parts}
        )


def asks(visitor: Visitor) -> bool:
    return any(each.get("data-passkey") for each in visitor.page.all("form"))


def form(visitor: Visitor) -> Node:
    """The form of the page that asks for a passkey."""
    (found,) = [each for each in visitor.page.all("form") if each.get("data-passkey")]
    return found


def asked(visitor: Visitor) -> dict[str, Any]:
    """Return the challenge and options on the page."""
    return dict(json.loads(form(visitor).get("data-passkey")))


def answer(visitor: Visitor, key: Authenticator) -> str:
    options = asked(visitor)
    return key.make(options) if "user" in options else key.sign(options)


def use(visitor: Visitor, key: Authenticator, **fields: str) -> Visitor:
    """Answer with a passkey what the page asks for."""
    return visitor.submit(form(visitor).get("action"), answer=answer(visitor, key), **fields)


def add(visitor: Visitor, key: Authenticator | None = None, label: str = "") -> Authenticator:
    """Add a passkey to the account of somebody who is signed in."""
    key = key or Authenticator()
    use(visitor.get("/security/passkeys/add"), key, name=label)
    assert "The passkey is added." in visitor.text, visitor.text
    return key
