"""The HTTP side of the stand-in: what Vonage's SMS, Messages and Voice APIs answer."""

from __future__ import annotations

import base64
import json
import re
import socket
import sys
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import jwt

from tests.support.carrier_page import choose_fault, page

if TYPE_CHECKING:
    from tests.support.carrier import Carrier

METHODS = {"/sms/json": "text", "/v1/messages": "text", "/v1/calls": "call"}
DRIP_SECONDS = 1.0
# What a text of type "text" can carry; the real carrier, too, turns the rest into question marks.
GSM_7 = re.compile(r"[^@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !-#¤%-?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\\[~\]|€]")


@dataclass(slots=True)
class Fault:
    """One way to misbehave; ``left`` is how often, None for ever; ``number``: only to that one."""

    kind: str
    detail: str
    left: int | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """One text or call as the carrier got it; ``fields`` is the whole request."""

    method: str
    api: str
    id: str
    number: str
    text: str
    client_ref: str = ""
    callback: str = ""
    fields: dict[str, Any] = field(default_factory=dict, repr=False)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def has_code(self) -> bool:
        return self._find_code() is not None

    def _find_code(self) -> re.Match[str] | None:
        return re.search(r"(?<!\w)(?:\d{6}|\d(?:[\s,.;–-]+\d){5})(?!\w)", self.text)

    @property
    def code(self) -> str:
        """The six digits: written together, or one by one as they are spoken."""
        found = self._find_code()
        assert found, f"no code in {self.text!r}"
        return re.sub(r"\D", "", found[0])


class Server(ThreadingHTTPServer):
    daemon_threads = False  # joined by server_close, which cuts what still hangs

    def __init__(self, carrier: Carrier, port: int) -> None:
        self.carrier = carrier
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        with self._lock:
            for request in self._open:
                cut(request)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that went away is what faults are for
            super().handle_error(request, client_address)


def cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: Server

    def do_GET(self) -> None:
        carrier = self.server.carrier
        self._answer(200, page(carrier.texts + carrier.calls).encode(), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        carrier = self.server.carrier
        if self.path == "/fault":
            return self._choose_fault(dict(parse_qsl(body.decode())))
        carrier.posts.append(self.path)
        if self.path not in METHODS:
            return self._json(404, {"title": "Not found"})
        fault = carrier.next_fault(METHODS[self.path], body)
        if fault.kind in ("hang", "drop"):
            if fault.kind == "hang":
                carrier.stopped.wait(60)
            return self._drop()
        if fault.kind == "status":
            code, _, seconds = fault.detail.partition(":")
            return self._json(int(code), {"title": "A fault"}, {"Retry-After": seconds or "2", "Location": self.path})
        if fault.kind == "body":
            return self._answer(200, fault.detail.encode(), "application/json")
        if not self._is_authentic():
            return self._json(401, {"title": "Unauthorized"})
        take = {"/sms/json": self._sms, "/v1/messages": self._message, "/v1/calls": self._call}[self.path]
        return take(body, fault)

    def _sms(self, body: bytes, fault: Fault) -> None:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        text = form.get("text", "")
        wide = form.get("type") == "unicode"
        single, part = (70, 67) if wide else (160, 153)
        parts = 1 if len(text) <= single else -(-len(text) // part)
        status = "0"
        if not (text and form.get("from")):
            status = "2"
        elif not re.fullmatch(r"[1-9]\d{6,14}", form.get("to", "")):
            status = "3"
        statuses = [status] * parts
        if fault.kind == "refuse":
            statuses = [fault.detail or "5"] * parts
        if fault.kind == "partial":
            statuses[-1] = fault.detail or "5"
        ids = [uuid.uuid4().hex.upper() for _ in statuses]
        answer = [_part(form, id_, status) for id_, status in zip(ids, statuses, strict=True)]
        sent = None
        if "0" in statuses:
            shown = text if wide else GSM_7.sub("?", text)
            number, ref, callback = f"+{form['to']}", form.get("client-ref", ""), form.get("callback", "")
            sent = Sent("text", "sms", ids[0], number, shown, ref, callback, form)
        self._take(200, {"message-count": str(parts), "messages": answer}, sent, fault, ids)

    def _message(self, body: bytes, fault: Fault) -> None:
        fields = json.loads(body)
        if fault.kind == "refuse":
            return self._json(422, {"title": "Invalid params"})
        ref, callback = fields.get("client_ref", ""), fields.get("webhook_url", "")
        id_ = str(uuid.uuid4())
        sent = Sent("text", "messages", id_, f"+{fields['to']}", fields.get("text", ""), ref, callback, fields)
        return self._take(202, {"message_uuid": id_}, sent, fault, [id_])

    def _call(self, body: bytes, fault: Fault) -> None:
        fields = json.loads(body)
        number = fields["to"][0]["number"]
        if fault.kind == "refuse" or not re.fullmatch(r"[1-9]\d{6,14}", number):
            return self._json(400, {"title": "Bad Request"})
        text = "\n".join(action["text"] for action in fields["ncco"] if action["action"] == "talk")
        id_ = str(uuid.uuid4())
        sent = Sent("call", "voice", id_, f"+{number}", text, "", (fields.get("event_url") or [""])[0], fields)
        answer = {
            "uuid": id_,
            "status": "started",
            "direction": "outbound",
            "conversation_uuid": f"CON-{id_}",
        }
        return self._take(201, answer, sent, fault, [id_])

    def _take(self, code: int, answer: dict[str, Any], sent: Sent | None, fault: Fault, ids: list[str]) -> None:
        if sent:
            self.server.carrier.record(sent)
            self.server.carrier.report(sent, fault, ids)
        if fault.kind == "lost":
            self._drop()
        elif fault.kind == "drip":
            self._drip(code, json.dumps(answer).encode())
        else:
            self._json(code, answer)

    def _is_authentic(self) -> bool:
        carrier = self.server.carrier
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic" and self.path != "/v1/calls":
            return token == base64.b64encode(":".join(carrier.basic).encode()).decode()
        if scheme != "Bearer" or self.path == "/sms/json":
            return False
        try:
            claims = jwt.decode(token, carrier.public_key, ["RS256"], options={"require": ["exp", "jti"]})
        except jwt.PyJWTError:
            return False
        return claims.get("application_id") == carrier.application_id

    def _choose_fault(self, form: dict[str, str]) -> None:
        wrong = choose_fault(self.server.carrier, form)
        self._answer(400 if wrong else 303, wrong.encode(), "text/plain; charset=utf-8", {"Location": "/"})

    def _json(self, code: int, answer: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._answer(code, json.dumps(answer).encode(), "application/json", headers)

    def _answer(self, code: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, code: int, body: bytes) -> None:
        self.close_connection = True
        head = f"HTTP/1.1 {code} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        for byte in head.encode() + body:
            self.wfile.write(bytes([byte]))
            if self.server.carrier.stopped.wait(DRIP_SECONDS):
                return

    def _drop(self) -> None:
        self.close_connection = True
        cut(self.connection)

    def log_message(self, *_: object) -> None:
        """Say nothing: what arrives is recorded."""


def _part(form: dict[str, str], id_: str, status: str) -> dict[str, str]:
    if status != "0":
        return {"to": form.get("to", ""), "status": status, "error-text": "The stand-in refuses"}
    part = {"to": form["to"], "message-id": id_, "status": "0", "remaining-balance": "9.99"}
    return part | {"message-price": "0.0333", "network": "23410", "client-ref": form.get("client-ref", "")}
