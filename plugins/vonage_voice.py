"""Phone calls over Vonage's Voice API, which speak the code line by line."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from trustweb.transports import (
    Context,
    Message,
    Receipt,
    ReceiptForged,
    ReceiptState,
    Setting,
    Transport,
    Webhook,
    hookimpl,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from jwt.types import Options
    from vonage import Auth

    from plugins import _vonage
else:  # a plugin is loaded by its path, and cannot import its siblings by name
    _spec = spec_from_file_location("trustweb_vonage", Path(__file__).with_name("_vonage.py"))
    _vonage = module_from_spec(_spec)
    _spec.loader.exec_module(_vonage)

# For languages in which the first of Vonage's voices is not the one that most people expect.
VOICES = {"en": "en-GB", "fr": "fr-FR", "pt": "pt-PT", "zh": "cmn-CN"}
SECONDS_OF_RINGING = 45
SECONDS_OF_TALK = 120

# `answered` alone is no delivery, since an answering machine answers too; `human`, or a call that was completed, is. A
# machine is a failure, because we hang up on it: thieves listen to spoken codes in mailboxes with a default PIN.
STATES: dict[str, tuple[ReceiptState, str]] = {
    "started": ("sent", ""),
    "ringing": ("sent", ""),
    "answered": ("sent", ""),
    "human": ("delivered", ""),
    "completed": ("delivered", ""),
    "machine": ("failed", "voicemail"),
    "busy": ("failed", "busy"),
    "unanswered": ("failed", "unanswered"),
    "timeout": ("failed", "unanswered"),
    "rejected": ("failed", "rejected"),
    "cancelled": ("failed", "cancelled"),
    "failed": ("failed", "failed"),
}


class VonageVoice(Transport):
    name = "vonage_voice"
    label = "Vonage phone calls"
    labels: ClassVar[Mapping[str, str]] = {"de": "Anrufe über Vonage"}
    method = "call"
    carries = frozenset({"code", "notice"})
    enabled_by = "VONAGE_APPLICATION_ID"
    settings: ClassVar[Sequence[Setting]] = (
        Setting("VONAGE_APPLICATION_ID", "The Vonage application's id; calls are made once it is set."),
        Setting("VONAGE_PRIVATE_KEY", "The path of the application's private key, a PEM file.", secret=True),
        Setting("VONAGE_FROM", "The number that calls; for a name, one of the application's numbers calls."),
        Setting(
            "VONAGE_SIGNATURE_SECRET",
            "The secret that signs voice events; without it they are refused.",
            default="",
            secret=True,
        ),
        _vonage.API_URL,
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._settings = context.settings
        self._clients = _vonage.Clients(context.settings.get("VONAGE_API_URL", ""), self.timeout)
        self._key: RSAPrivateKey | None = None
        self._reading = threading.Lock()

    def check(self) -> None:
        if url := self._settings.get("VONAGE_API_URL"):
            _vonage.origin(url)
        self._private_key()

    def send(self, message: Message) -> str:
        client = self._clients.get(self._auth)
        try:
            return str(client.voice.create_call(self._request(message)).uuid)
        except Exception as error:  # noqa: BLE001 - any message of the SDK may quote the text
            raise _vonage.fault(error) from None

    def _request(self, message: Message) -> Any:
        from vonage_voice import CreateCallRequest, Phone, Talk, ToPhone

        caller = self._settings["VONAGE_FROM"].removeprefix("+").replace(" ", "")
        signed = bool(self._settings.get("VONAGE_SIGNATURE_SECRET"))
        voice = _voice(message.language)
        lines = [line for line in message.text.splitlines() if line.strip()]
        return CreateCallRequest(
            to=[ToPhone(number=message.destination.removeprefix("+"))],
            from_=Phone(number=caller) if caller.isdecimal() else None,
            random_from_number=None if caller.isdecimal() else True,
            # One action a line: the API has no pause, but there is a gap between two actions.
            ncco=[Talk(text=line, language=voice, style=0) for line in lines],
            event_url=[self.context.receipts_url] if signed else None,
            event_method="POST" if signed else None,
            machine_detection="hangup",
            ringing_timer=SECONDS_OF_RINGING,
            length_timer=SECONDS_OF_TALK,
        )

    def _auth(self) -> Auth:
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
        from vonage import Auth

        key = self._private_key()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        auth = Auth(application_id=self._settings["VONAGE_APPLICATION_ID"], private_key=pem)
        auth._jwt_client._private_key = key  # parsing the PEM for every token costs 35 ms
        return auth

    def _private_key(self) -> RSAPrivateKey:
        with self._reading:
            if self._key is None:
                self._key = _read_key(self._settings["VONAGE_PRIVATE_KEY"])
            return self._key

    def read_receipt(self, webhook: Webhook) -> Sequence[Receipt]:
        claims = self._claims(webhook)
        try:
            event = json.loads(webhook.body)
            issued_at = datetime.fromtimestamp(claims["iat"], UTC)
            state, reason = STATES.get(event["status"], (None, ""))
            carrier_id = event.get("uuid") or event.get("call_uuid")
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError, OSError):
            raise ReceiptForged("no voice event") from None
        if state is None or not carrier_id:
            return ()
        return [Receipt(claims["jti"], issued_at, str(carrier_id), state, reason)]

    def _claims(self, webhook: Webhook) -> dict[str, Any]:
        """Return the token's claims. Raises ReceiptForged.

        The SDK's verify_signature checks neither the body's hash nor the claims.
        """
        import jwt

        secret = self._settings.get("VONAGE_SIGNATURE_SECRET")
        headers = {name.lower(): value for name, value in webhook.headers.items()}
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if not secret or scheme.lower() != "bearer":
            raise ReceiptForged("no token")
        try:
            claims = jwt.decode(token.strip(), secret, algorithms=["HS256"], options=_options())
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise ReceiptForged("no valid token") from None
        # One secret signs for every application of the account.
        ours = claims.get("application_id") in (None, self._settings["VONAGE_APPLICATION_ID"])
        if not ours or claims["payload_hash"] != hashlib.sha256(webhook.body).hexdigest():
            raise ReceiptForged("the token is for something else")
        return claims


def _options() -> Options:
    """Leave the times to Trustweb, which checks them by its own clock and ignores a late event instead of a 401."""
    return {
        "require": ["iat", "jti", "payload_hash"],
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "verify_aud": False,
    }


def _voice(language: str) -> str | None:
    from vonage_voice.models.enums import TtsLanguageCode

    voices = [voice.value for voice in TtsLanguageCode]
    if language in voices:
        return language
    spoken = language.partition("-")[0].lower()
    return VOICES.get(spoken) or next((voice for voice in voices if voice.startswith(f"{spoken}-")), None)


def _read_key(path: str) -> RSAPrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:  # with VONAGE_PRIVATE_KEY_FILE the value is the PEM itself
        pem = path.encode() if "-----BEGIN" in path else Path(path).read_bytes()
        key = load_pem_private_key(pem, password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, RSAPrivateKey):
        return key
    raise ValueError("VONAGE_PRIVATE_KEY must be the path of an RSA key in PEM form, without a password.")


@hookimpl
def trustweb_transports() -> list[type[Transport]]:
    return [VonageVoice]
