"""Webhooks as Vonage signs them, and the thread that posts them."""

from __future__ import annotations

import hashlib
import heapq
import http.client
import itertools
import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from vonage_http_client import Auth

if TYPE_CHECKING:
    from tests.support.carrier_server import Fault, Sent

STORIES = {
    "sms": ["accepted", "delivered"],
    "messages": ["submitted", "delivered"],
    "voice": ["ringing", "answered", "human", "completed"],
}


@dataclass(frozen=True, slots=True)
class Signed:
    """A webhook, ready to be posted: ``requests.post(url, data=signed.body, headers=signed.headers)``."""

    body: bytes
    headers: dict[str, str]

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True)) if b"=" in self.body[:40] else {}


def sms_receipt(
    secret: str,
    message_id: str,
    status: str = "delivered",
    *,
    at: float | None = None,
    nonce: str | None = None,
    digest: str = "md5",
    **fields: str,
) -> Signed:
    """Return a delivery receipt; ``fields`` (with ``_`` for ``-``) replace its own or add to them."""
    at = time.time() if at is None else at
    receipt: dict[str, Any] = {
        "msisdn": "447400123456",
        "to": "12015550123",
        "network-code": "23410",
        "messageId": message_id,
        "price": "0.03330000",
        "status": status,
        "scts": time.strftime("%y%m%d%H%M", time.gmtime(at)),
        "err-code": "0" if status in ("accepted", "buffered", "delivered") else "1",
        "message-timestamp": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at)),
        "timestamp": str(int(at)),
        "nonce": nonce or str(uuid.uuid4()),
    }
    receipt |= {name.replace("_", "-"): value for name, value in fields.items()}
    if digest == "md5hash":  # the SDK cannot: Vonage's documents say how
        signed = "".join(f"&{name}={receipt[name]}" for name in sorted(receipt))
        receipt["sig"] = hashlib.md5((signed + secret).encode()).hexdigest()
        return Signed(urlencode(receipt).encode(), {"Content-Type": "application/x-www-form-urlencoded"})
    # The SDK signs here, so that what reads receipts is measured against the SDK and not against itself.
    receipt["sig"] = Auth(
        api_key="any", api_secret="any", signature_secret=secret, signature_method=digest
    ).sign_params(receipt)
    return Signed(urlencode(receipt).encode(), {"Content-Type": "application/x-www-form-urlencoded"})


def voice_event(
    secret: str, call_id: str, status: str = "completed", *, at: float | None = None, **claims: Any
) -> Signed:
    """Return a voice event; ``claims`` replace the token's own or add to them."""
    name = "call_uuid" if status in ("human", "machine") else "uuid"
    event = {name: call_id, "status": status, "conversation_uuid": f"CON-{call_id}", "direction": "outbound"}
    return signed_json(secret, event, **{"iat": int(time.time() if at is None else at), **claims})


def signed_json(secret: str, body: dict[str, Any], **claims: Any) -> Signed:
    """Return what the Voice and Messages APIs post: JSON, and a token over its hash."""
    sent = json.dumps(body).encode()
    token = {
        "iss": "Vonage",
        "iat": int(time.time()),
        "jti": str(uuid.uuid4()),
        "payload_hash": hashlib.sha256(sent).hexdigest(),
        "api_key": "any",
    }
    bearer = jwt.encode(token | claims, secret, algorithm="HS256")
    return Signed(sent, {"Content-Type": "application/json", "Authorization": f"Bearer {bearer}"})


class Postman:
    """Posts webhooks when they are due, one after another; what was answered is in ``answers``.

    Like Vonage it comes again with what was not answered 2xx, though not for a whole day.
    """

    def __init__(self, secret: str, digest: str, application_id: str, step: float) -> None:
        self.step, self._secret = step, secret
        self.sms_receipt = partial(sms_receipt, secret, digest=digest)
        self.voice_event = partial(voice_event, secret, application_id=application_id)
        self.answers: list[tuple[str, int]] = []  # URL, status; 0 for no answer
        self._due: list[tuple[float, int, str, Signed, int]] = []
        self._order = itertools.count()
        self._change = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)
        # Webhooks go to this machine, whatever proxy the environment names.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def start(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        with self._change:
            self._open = False
            self._change.notify_all()
        self._thread.join(timeout=10)

    def report(self, sent: Sent, fault: Fault, ids: list[str]) -> None:
        """Post what Vonage would about a message that was taken, a step apart; early: before it is answered."""
        if not (self._secret and sent.callback) or fault.kind == "silent":
            return
        story = STORIES[sent.api]
        if fault.kind == "reject-receipt":
            story = [story[0], fault.detail or "failed"]
        events = [self._sign(sent, id_, status) for status in story for id_ in ids]
        if fault.kind == "reversed":
            events.reverse()
        late = float(fault.detail) if fault.kind == "late" else 0.0
        step, before = 0.0 if fault.kind == "early" else self.step, len(self.answers)
        for number, event in enumerate(events, 1):
            for _ in range(2 if fault.kind == "twice" else 1):
                self.post(sent.callback, event, late + step * number)
        if fault.kind == "early":
            self.wait(before + len(events))

    def _sign(self, sent: Sent, id_: str, status: str) -> Signed:
        if sent.api == "sms":
            return self.sms_receipt(id_, status, msisdn=sent.number[1:], client_ref=sent.client_ref)
        if sent.api == "voice":
            return self.voice_event(id_, status)
        return signed_json(self._secret, {"message_uuid": id_, "status": status, "to": sent.number[1:]})

    def wait(self, count: int, timeout: float = 5.0) -> list[tuple[str, int]]:
        with self._change:
            if not self._change.wait_for(lambda: len(self.answers) >= count, timeout):
                raise TimeoutError(f"{len(self.answers)} of {count} webhooks: {self.answers}")
            return list(self.answers)

    def post(self, url: str, signed: Signed, delay: float = 0.0, tries: int = 3) -> None:
        with self._change:
            heapq.heappush(self._due, (time.monotonic() + delay, next(self._order), url, signed, tries - 1))
            self._change.notify_all()

    def _run(self) -> None:
        while True:
            with self._change:
                while self._open and (not self._due or self._due[0][0] > time.monotonic()):
                    self._change.wait(self._due[0][0] - time.monotonic() if self._due else None)
                if not self._open:
                    return
                _, _, url, signed, tries = heapq.heappop(self._due)
            status = self._deliver(url, signed)
            with self._change:
                self.answers.append((url, status))
                self._change.notify_all()
            if tries and not 200 <= status < 300:
                self.post(url, signed, self.step * 10, tries)

    def _deliver(self, url: str, signed: Signed) -> int:
        if urlsplit(url).hostname not in ("localhost", "127.0.0.1", "::1"):
            return 0  # by hand the site may have a public address; the stand-in never leaves the machine
        request = urllib.request.Request(url, data=signed.body, headers=signed.headers, method="POST")
        try:
            with self._opener.open(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except (OSError, http.client.HTTPException):
            return 0
