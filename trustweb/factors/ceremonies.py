"""What a browser is asked about passkeys, and whether its answer is right (WebAuthn).

A challenge says by itself that it is ours, what it is for, for whom and until when: the sign-in page may be looked at
a million times and no row is written. A right answer writes one, so that it is right once.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from trustweb.codes import once
from trustweb.config import Config
from trustweb.database import Refused, Work
from trustweb.keys import KeyRing
from trustweb.models import PasskeyKey, PasskeyView

ALONE = "alone"
"""The purpose of a passkey that stands in for password and code."""
_NONCE, _UNTIL = 16, 8
_ALGORITHMS = (-8, -7, -257)
"""EdDSA, ECDSA on P-256 and RSA, all with SHA-256: what authenticators can."""
_TRANSPORTS = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")


class PasskeyLate(Refused):
    """The challenge is too old, was answered before, or was put to somebody else."""


class PasskeyWrong(Refused):
    """Unknown, somebody else's, made for another site, or not signed by the passkey: one answer for all."""

    keeps_changes = True  # the try stays counted


@dataclass(frozen=True, slots=True)
class Asker:
    """Who is asked: a session, or the browser's family of forms while there is none. And for what."""

    purpose: str
    bound_to: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser answered, read and not yet believed."""

    credential: dict[str, Any]
    credential_id: str
    challenge: bytes
    user_handle: str


@dataclass(frozen=True, slots=True)
class New:
    """A passkey that was made just now."""

    credential_id: str
    public_key: bytes
    sign_count: int
    user_verified: bool
    backed_up: bool
    backup_eligible: bool
    transports: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A right answer of a passkey."""

    sign_count: int
    user_verified: bool
    backed_up: bool
    backup_eligible: bool


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _challenge(config: Config, keys: KeyRing, now: datetime, asker: Asker) -> str:
    until = int((now + timedelta(seconds=config.passkey_life)).timestamp())
    head = secrets.token_bytes(_NONCE) + until.to_bytes(_UNTIL, "big")
    return _text(head + _mac(keys, head, asker))


def _mac(keys: KeyRing, head: bytes, asker: Asker) -> bytes:
    return bytes.fromhex(keys.token("passkey challenge", f"{head.hex()} {asker.purpose} {asker.bound_to}"))


def _named(passkeys: Sequence[PasskeyView]) -> list[dict[str, Any]]:
    return [
        {"type": "public-key", "id": each.credential_id}
        | ({"transports": each.transports.split()} if each.transports else {})
        for each in passkeys
    ]


def to_add(work: Work, asker: Asker, *, user_handle: str, name: str, passkeys: Sequence[PasskeyView]) -> dict[str, Any]:
    """What a browser needs to make a passkey. The host goes without saying: it is the page's."""
    return {
        "challenge": _challenge(work.config, work.keys, work.now, asker),
        "rp": {"name": work.config.site_name},
        "user": {"id": user_handle, "name": name, "displayName": name},
        "pubKeyCredParams": [{"type": "public-key", "alg": each} for each in _ALGORITHMS],
        "excludeCredentials": _named(passkeys),
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "preferred"},
        "attestation": "none",
        "timeout": work.config.passkey_life * 1000,
    }


def to_prove(
    config: Config, keys: KeyRing, now: datetime, asker: Asker, passkeys: Sequence[PasskeyView] = ()
) -> dict[str, Any]:
    """What a browser needs to use one of these passkeys; with none, any that it knows for this host."""
    return {
        "challenge": _challenge(config, keys, now, asker),
        "rpId": config.public_host,
        "allowCredentials": _named(passkeys),
        "userVerification": "required" if asker.purpose == ALONE else "preferred",
        "timeout": config.passkey_life * 1000,
    }


@contextmanager
def _foreign() -> Iterator[None]:
    """Anybody may have written an answer, and the library raises what it meets."""
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        yield
    except (WebAuthnException, ValueError, TypeError, LookupError, AttributeError, EOFError, RecursionError):
        raise PasskeyWrong from None


def read(text: str) -> Answer:
    """Raises PasskeyWrong."""
    with _foreign():
        credential = json.loads(text)
        client = json.loads(_bytes(credential["response"]["clientDataJSON"]))
        credential_id = _text(_bytes(credential["id"]))
        user_handle = credential["response"].get("userHandle") or ""
        return Answer(credential, credential_id, _bytes(client["challenge"]), str(user_handle))


def check_challenge(work: Work, answer: Answer, asker: Asker) -> None:
    """Raises PasskeyLate unless this is what the asker was asked, a short time ago."""
    head, mac = answer.challenge[: _NONCE + _UNTIL], answer.challenge[_NONCE + _UNTIL :]
    if not hmac.compare_digest(mac, _mac(work.keys, head, asker)) or _until(answer) <= work.now:
        raise PasskeyLate


def _until(answer: Answer) -> datetime:
    return datetime.fromtimestamp(int.from_bytes(answer.challenge[_NONCE : _NONCE + _UNTIL], "big"), UTC)


def use(work: Work, answer: Answer) -> None:
    """Use the challenge up. Raises PasskeyLate when somebody else has: the row count decides who was first."""
    if not once.use(work, answer.challenge[:_NONCE].hex(), _until(answer)):
        raise PasskeyLate


def verify_new(work: Work, answer: Answer) -> New:
    """Raises PasskeyWrong. Which maker's device it is does not matter, so no attestation is asked for."""
    import webauthn  # a third of a second, and few processes' first request needs it

    with _foreign():
        made = webauthn.verify_registration_response(
            credential=answer.credential,
            expected_challenge=answer.challenge,
            expected_rp_id=work.config.public_host,
            expected_origin=work.config.origin,
        )
    return New(
        _text(made.credential_id),
        made.credential_public_key,
        made.sign_count,
        made.user_verified,
        made.credential_backed_up,
        made.credential_device_type == "multi_device",
        _transports(answer),
    )


def _transports(answer: Answer) -> str:
    """Those that there are; nobody has signed them, and browsers may know newer ones."""
    said = answer.credential["response"].get("transports")
    return " ".join(each for each in _TRANSPORTS if isinstance(said, list) and each in said)


def verify(work: Work, answer: Answer, passkey: PasskeyKey) -> Signed:
    """Raises PasskeyWrong. Whether the count has risen is for the caller to see."""
    import webauthn

    with _foreign():
        signed = webauthn.verify_authentication_response(
            credential=answer.credential,
            expected_challenge=answer.challenge,
            expected_rp_id=work.config.public_host,
            expected_origin=work.config.origin,
            credential_public_key=passkey.public_key,
            # The library looks at the count before the signature: anybody could pass for a copy of the passkey.
            credential_current_sign_count=0,
        )
    eligible = signed.credential_device_type == "multi_device"
    return Signed(signed.new_sign_count, signed.user_verified, signed.credential_backed_up, eligible)
