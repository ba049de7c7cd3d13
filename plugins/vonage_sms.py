"""Text messages over Vonage's SMS API."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from trustweb.transports import (
    Context,
    DeliveryError,
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
    from vonage import Auth, Vonage

    from plugins import _vonage
else:  # a plugin is loaded by its path, and cannot import its siblings by name
    _spec = spec_from_file_location("trustweb_vonage", Path(__file__).with_name("_vonage.py"))
    _vonage = module_from_spec(_spec)
    _spec.loader.exec_module(_vonage)

# Any other character makes it a Unicode text: 70 characters a part instead of 160, at more than twice the price.
GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
TTL_MS = (20_000, 604_800_000)  # the least and the most that Vonage accepts
LONGEST_CALLBACK = 100

# Statuses inside an HTTP 200. One that is in neither table is permanent, and its number becomes the reason.
PASSING = {"1": "throttled", "5": "carrier-fault"}
FINAL = {
    "4": "credentials",
    "6": "unroutable",
    "7": "number-barred",
    "8": "account-barred",
    "9": "no-credit",
    "12": "too-long",
    "15": "sender-refused",
    "29": "not-on-the-test-list",
    "33": "number-gone",
}
GONE = {"33"}

STATES: dict[str, ReceiptState] = {
    "accepted": "sent",
    "buffered": "sent",
    "delivered": "delivered",
    "expired": "failed",
    "failed": "failed",
    "rejected": "failed",
}
PLAIN = "md5hash"
"""Vonage's "MD5 hash signature", the default of new accounts in its dashboard."""
DIGESTS = {"md5": hashlib.md5, "sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512}


class VonageSms(Transport):
    name = "vonage_sms"
    label = "Vonage text messages"
    labels: ClassVar[Mapping[str, str]] = {"de": "SMS über Vonage"}
    method = "text"
    carries = frozenset({"code", "notice"})
    enabled_by = "VONAGE_API_KEY"
    settings: ClassVar[Sequence[Setting]] = (
        Setting("VONAGE_API_KEY", "The account's API key; texts are sent once it is set."),
        Setting("VONAGE_API_SECRET", "The account's API secret.", secret=True),
        Setting("VONAGE_FROM", "The number, or the name, that texts come from."),
        Setting(
            "VONAGE_SIGNATURE_SECRET",
            "The secret that signs delivery receipts; without it none are asked for.",
            default="",
            secret=True,
        ),
        Setting(
            "VONAGE_SIGNATURE_METHOD",
            "How receipts are signed: md5hash, or the HMAC md5, sha1, sha256 or sha512.",
            default="md5",
        ),
        _vonage.API_URL,
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._settings = context.settings
        self._secret = context.settings.get("VONAGE_SIGNATURE_SECRET", "")
        self._clients = _vonage.Clients(context.settings.get("VONAGE_API_URL", ""), self.timeout)

    def check(self) -> None:
        if url := self._settings.get("VONAGE_API_URL"):
            _vonage.origin(url)
        if self._settings.get("VONAGE_SIGNATURE_METHOD", "md5") not in {PLAIN, *DIGESTS}:
            raise ValueError(f"VONAGE_SIGNATURE_METHOD is one of {', '.join([PLAIN, *DIGESTS])}.")
        if self._secret and len(self.context.receipts_url) > LONGEST_CALLBACK:
            raise ValueError(f"Longer than Vonage takes ({LONGEST_CALLBACK}): {self.context.receipts_url}.")

    def send(self, message: Message) -> str:
        from vonage_sms import SmsError

        client = self._clients.get(self._auth)
        try:
            answer = client.sms.send(self._request(message))
            carrier_id = answer.messages[0].message_id
        except SmsError:
            raise _refusal(client) from None
        except Exception as error:  # noqa: BLE001 - any message of the SDK may quote the text
            raise _vonage.fault(error) from None
        if not carrier_id:
            raise DeliveryError("unreadable-answer")
        return str(carrier_id)

    def _auth(self) -> Auth:
        from vonage import Auth

        # Without the signature secret: with it the SDK signs the request, over fields that it then does not send.
        return Auth(api_key=self._settings["VONAGE_API_KEY"], api_secret=self._settings["VONAGE_API_SECRET"])

    def _request(self, message: Message) -> Any:
        from vonage_sms import SmsMessage

        left = int((message.deadline - datetime.now(UTC)).total_seconds() * 1000)
        return SmsMessage(
            to=message.destination.removeprefix("+"),
            from_=self._settings["VONAGE_FROM"].removeprefix("+"),
            text=message.text,
            type="text" if GSM_7.issuperset(message.text) else "unicode",
            ttl=min(max(left, TTL_MS[0]), TTL_MS[1]),
            client_ref=message.idempotency_key,
            callback=self.context.receipts_url if self._secret else None,
        )

    def read_receipt(self, webhook: Webhook) -> Sequence[Receipt]:
        fields = {name: webhook.form[name] for name in webhook.form} or _json(webhook.body)
        signature = fields.pop("sig", "").lower()
        if not self._is_signed(fields, signature):
            raise ReceiptForged("no valid signature")
        state = STATES.get(fields.get("status", ""))
        if state is None or "messageId" not in fields:
            return ()
        reason = f"{fields['status']}-{fields.get('err-code', '')}" if state == "failed" else ""
        # The signature is the id, and not the nonce: it treats `_`, `&` and `=` alike, so a replay could carry a nonce
        # that is spelt differently.
        return [Receipt(signature, _moment(fields), fields["messageId"], state, reason)]

    def _is_signed(self, fields: Mapping[str, str], signature: str) -> bool:
        """Check the signature as the SDK's Auth.check_signature does, without importing it into every web process."""
        # Names are signed unescaped: one with `&` or `=` in it could stand for several fields.
        if not self._secret or not all(re.fullmatch(r"[\w.-]+", name, re.ASCII) for name in fields):
            return False
        signed = "".join(f"&{name}={re.sub('[&=]', '_', fields[name])}" for name in sorted(fields))
        method, text = self._settings.get("VONAGE_SIGNATURE_METHOD", "md5"), signed.encode("utf-8", "surrogatepass")
        if method == PLAIN:
            right = hashlib.md5(text + self._secret.encode()).hexdigest()  # noqa: S324 - as Vonage defines it
        else:
            right = hmac.new(self._secret.encode(), text, DIGESTS[method]).hexdigest()
        return hmac.compare_digest(right.encode(), signature.encode("utf-8", "surrogatepass"))


def _refusal(client: Vonage) -> DeliveryError:
    """Map the status in the answer that the client kept: the SDK's error has it in a sentence, or not at all."""
    parts = client.http_client.last_response.json()["messages"]
    status = next((str(part["status"]) for part in parts if str(part["status"]) != "0"), "")
    if status in PASSING:
        return DeliveryError(PASSING[status])
    return DeliveryError(FINAL.get(status, f"refused-{status[:4]}"), permanent=True, gone=status in GONE)


def _json(body: bytes) -> dict[str, str]:
    """Parse the body that an account set to POST-JSON gets. Raises ReceiptForged for anything else."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or not all(isinstance(value, str | int) for value in fields.values()):
        raise ReceiptForged("no receipt")
    return {name: str(value) for name, value in fields.items()}


def _moment(fields: Mapping[str, str]) -> datetime:
    try:
        return datetime.fromtimestamp(int(fields["timestamp"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        raise ReceiptForged("no time in the signed part") from None


@hookimpl
def trustweb_transports() -> list[type[Transport]]:
    return [VonageSms]
