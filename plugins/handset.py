"""The demo's phones and mailboxes: a page that shows texts and mails, and calls that can be answered and heard.

It shows everybody's codes, so it loads only with TRUSTWEB_DEMO=1 and a public URL on localhost, and refuses requests
that came through a proxy.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from flask import Blueprint, abort, render_template, request

from trustweb.transports import (
    Context,
    Message,
    NotApplicable,
    Receipt,
    ReceiptForged,
    Transport,
    Webhook,
    hookimpl,
)

log = logging.getLogger("trustweb.handset")
_KEPT = 100


@dataclass(frozen=True, slots=True)
class Arrived:
    """A text, a call or a mail that the page shows."""

    id: str
    method: str
    number: str
    text: str
    language: str
    at: datetime
    signature: str
    subject: str = ""


class _Handset(Transport):
    label = "the demo’s handset"
    labels: ClassVar[Mapping[str, str]] = {"de": "die Demo-Telefone"}
    carries = frozenset({"code", "notice"})

    def check(self) -> None:
        host = urlsplit(self.context.public_url).hostname
        if not self.context.demo:
            if any(self.context.folder.glob("*.json")):
                log.warning(
                    "This site began as a demo: accounts and numbers from then are still there, and without "
                    "TRUSTWEB_COUNTRIES every country is allowed."
                )
            raise NotApplicable("only for the demo: TRUSTWEB_DEMO=1")
        if host not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("the handset shows everybody's codes, so its site must be on localhost")

    def send(self, message: Message) -> str:
        # The key is the same when a message is sent twice; a phone would show both, and so does this page.
        carrier_id = f"{message.idempotency_key}.{secrets.token_hex(4)}"
        now = datetime.now(UTC)
        content = {
            "id": carrier_id,
            "method": self.method,
            "number": message.destination,
            "subject": message.subject,
            "text": message.text,
            "language": message.language,
            "at": now.isoformat(),
        }
        folder = _folder(self.context)
        draft = folder / f".{carrier_id}"
        draft.write_text(json.dumps(content), "utf-8")
        draft.chmod(0o600)
        os.replace(draft, folder / f"{now:%Y%m%d%H%M%S%f}-{carrier_id}.json")  # noqa: PTH105 - atomic for readers
        for old in sorted(folder.glob("*.json"))[:-_KEPT]:
            old.unlink(missing_ok=True)
        return carrier_id

    def read_receipt(self, webhook: Webhook) -> Sequence[Receipt]:
        """Read a report of the page itself: a text was shown, or a call was answered."""
        carrier_id = webhook.form.get("id", "")
        given, right = webhook.form.get("signature", ""), _sign(self.context, carrier_id)
        if not hmac.compare_digest(right.encode(), given.encode("utf-8", "surrogatepass")):
            raise ReceiptForged("not signed by the handset")
        return [Receipt(f"{carrier_id} delivered", datetime.now(UTC), carrier_id, "delivered")]


class HandsetTexts(_Handset):
    name = "handset"
    method = "text"

    def pages(self) -> Blueprint:
        return _pages(self.context)


class HandsetCalls(_Handset):
    name = "handset_calls"
    method = "call"


class HandsetMails(_Handset):
    name = "handset_mails"
    method = "email"
    carries = frozenset({"notice", "link"})


def _folder(context: Context) -> Path:
    """Return the folder that all its transports share: one phone gets both texts and calls."""
    folder = context.folder.parent / "handset"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _sign(context: Context, carrier_id: str) -> str:
    path = _folder(context) / "key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return hmac.new(path.read_bytes(), carrier_id.encode(), hashlib.sha256).hexdigest()


def _arrived(context: Context) -> list[Arrived]:
    """Read the messages, the newest first."""
    messages = []
    for path in sorted(_folder(context).glob("*.json"), reverse=True)[:_KEPT]:
        try:
            values: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:  # deleted meanwhile, as more than _KEPT had arrived
            continue
        values["at"] = datetime.fromisoformat(values["at"])
        messages.append(Arrived(**values, signature=_sign(context, values["id"])))
    return messages


def _pages(context: Context) -> Blueprint:
    bp = Blueprint("handset", __name__)

    @bp.before_request
    def only_from_here() -> None:
        if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP")):
            abort(403)

    @bp.get("/")
    def page() -> str:
        return render_template("handset/page.html", phones=_phones(context))

    @bp.get("/phones")
    def phones() -> str:
        return render_template("handset/_phones.html", phones=_phones(context))

    return bp


def _phones(context: Context) -> dict[str, list[Arrived]]:
    phones: dict[str, list[Arrived]] = {}
    for message in _arrived(context):
        phones.setdefault(message.number, []).append(message)
    return phones


@hookimpl
def trustweb_transports() -> list[type[Transport]]:
    return [HandsetTexts, HandsetCalls, HandsetMails]
