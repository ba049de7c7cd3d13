"""WebAuthn ceremonies: the options for the browser, and the check of its answer.

A challenge is not stored: it carries its expiry and a MAC, which also covers its purpose and whom it is for. So opening
the sign-in page writes no row, however often. A right answer writes one, so that it cannot be used again.
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
from trustweb.keys import KeyRing
from trustweb.models import PasskeyKey, PasskeyView
from trustweb.work import Refused, Work

ALONE = "alone"
"""The purpose of a proof that replaces both password and code."""
_NONCE, _UNTIL = 16, 8
_ALGORITHMS = (-8, -7, -257)
"""COSE algorithms that authenticators support: EdDSA, ECDSA with P-256 and SHA-256, RSA with SHA-256."""
_TRANSPORTS = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")


class PasskeyLate(Refused):
    """The challenge has expired, was answered before, or was made for somebody else or another purpose."""


class PasskeyWrong(Refused):
    """The passkey is unknown, another account's or another site's, or the signature is wrong: one answer for all."""

    keeps_changes = True  # the try stays counted


@dataclass(frozen=True, slots=True)
class Binding:
    """The purpose of a challenge, and whom it is for: a session, or before sign-in the browser's form family."""

    purpose: str
    bound_to: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A browser's answer, parsed and not yet verified."""

    credential: dict[str, Any]
    credential_id: str
    challenge: bytes
    user_handle: str


@dataclass(frozen=True, slots=True)
class New:
    """A passkey that the browser has just created, verified and not yet stored."""

    credential_id: str
    public_key: bytes
    sign_count: int
    user_verified: bool
    backed_up: bool
    backup_eligible: bool
    transports: str


@dataclass(frozen=True, slots=True)
class Signed:
    """The values of a verified answer."""

    sign_count: int
    user_verified: bool
    backed_up: bool
    backup_eligible: bool


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _challenge(config: Config, keys: KeyRing, now: datetime, binding: Binding) -> str:
    until = int((now + timedelta(seconds=config.passkey_life)).timestamp())
    head = secrets.token_bytes(_NONCE) + until.to_bytes(_UNTIL, "big")
    return _text(head + _mac(keys, head, binding))


def _mac(keys: KeyRing, head: bytes, binding: Binding) -> bytes:
    return bytes.fromhex(keys.token("passkey challenge", f"{head.hex()} {binding.purpose} {binding.bound_to}"))


def _named(passkeys: Sequence[PasskeyView]) -> list[dict[str, Any]]:
    return [
        {"type": "public-key", "id": each.credential_id}
        | ({"transports": each.transports.split()} if each.transports else {})
        for each in passkeys
    ]


def to_add(
    work: Work, binding: Binding, *, user_handle: str, name: str, passkeys: Sequence[PasskeyView]
) -> dict[str, Any]:
    """Return the options with which a browser creates a passkey. Without ``rp.id``, which is then the page's host."""
    return {
        "challenge": _challenge(work.config, work.keys, work.now, binding),
        "rp": {"name": work.config.site_name},
        "user": {"id": user_handle, "name": name, "displayName": name},
        "pubKeyCredParams": [{"type": "public-key", "alg": each} for each in _ALGORITHMS],
        "excludeCredentials": _named(passkeys),
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "preferred"},
        "attestation": "none",
        "timeout": work.config.passkey_life * 1000,
    }


def to_prove(
    config: Config, keys: KeyRing, now: datetime, binding: Binding, passkeys: Sequence[PasskeyView] = ()
) -> dict[str, Any]:
    """Return the options with which a browser uses one of these passkeys; without any, whichever it has for us."""
    return {
        "challenge": _challenge(config, keys, now, binding),
        "rpId": config.public_host,
        "allowCredentials": _named(passkeys),
        "userVerification": "required" if binding.purpose == ALONE else "preferred",
        "timeout": config.passkey_life * 1000,
    }


@contextmanager
def _foreign() -> Iterator[None]:
    """Turn the library's and Python's errors into PasskeyWrong: an answer is untrusted input, and may cause any."""
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        yield
    except (WebAuthnException, ValueError, TypeError, LookupError, AttributeError, EOFError, RecursionError):
        raise PasskeyWrong from None


def read(text: str) -> Answer:
    """Parse the JSON of a browser's answer. Raises PasskeyWrong."""
    with _foreign():
        credential = json.loads(text)
        client = json.loads(_bytes(credential["response"]["clientDataJSON"]))
        credential_id = _text(_bytes(credential["id"]))
        user_handle = credential["response"].get("userHandle") or ""
        return Answer(credential, credential_id, _bytes(client["challenge"]), str(user_handle))


def check_challenge(work: Work, answer: Answer, binding: Binding) -> None:
    """Refuse an answer whose challenge has another binding or has expired. Raises PasskeyLate."""
    head, mac = answer.challenge[: _NONCE + _UNTIL], answer.challenge[_NONCE + _UNTIL :]
    if not hmac.compare_digest(mac, _mac(work.keys, head, binding)) or _until(answer) <= work.now:
        raise PasskeyLate


def _until(answer: Answer) -> datetime:
    return datetime.fromtimestamp(int.from_bytes(answer.challenge[_NONCE : _NONCE + _UNTIL], "big"), UTC)


def use(work: Work, answer: Answer) -> None:
    """Use up the challenge. Raises PasskeyLate when it was used before: the row count decides who was first."""
    if not once.use(work, answer.challenge[:_NONCE].hex(), _until(answer)):
        raise PasskeyLate


def verify_new(work: Work, answer: Answer) -> New:
    """Verify a newly created passkey. Raises PasskeyWrong. No attestation: any maker's authenticator is accepted."""
    import webauthn  # the import takes a third of a second, and few processes need it at their first request

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
    """Return the known transports that the browser names. They are not signed, and browsers may send newer ones."""
    said = answer.credential["response"].get("transports")
    return " ".join(each for each in _TRANSPORTS if isinstance(said, list) and each in said)


def verify(work: Work, answer: Answer, passkey: PasskeyKey) -> Signed:
    """Verify the signature of a passkey's answer. Raises PasskeyWrong. The caller checks that the count has risen."""
    import webauthn

    with _foreign():
        signed = webauthn.verify_authentication_response(
            credential=answer.credential,
            expected_challenge=answer.challenge,
            expected_rp_id=work.config.public_host,
            expected_origin=work.config.origin,
            credential_public_key=passkey.public_key,
            # 0 turns the library's own check off. It comes before that of the signature, so that anybody could make a
            # passkey look cloned.
            credential_current_sign_count=0,
        )
    eligible = signed.credential_device_type == "multi_device"
    return Signed(signed.new_sign_count, signed.user_verified, signed.credential_backed_up, eligible)
