"""Parts of the tests of both Vonage transports: the plugin, a transport on the stand-in, a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.carrier import Carrier
from tests.support.carrier_webhooks import Signed
from tests.support.paths import ROOT
from tests.support.processes import serving
from trustweb.transports import Context, DeliveryError, Message, MessageKind, Transport, Webhook

CODE = "481516"
MOBILE = "+447400123456"
GERMAN = "+4915123456789"
RECEIPTS_URL = "http://localhost:8000/transports/vonage/receipts"


def plugin(name: str) -> ModuleType:
    path = ROOT / "plugins" / f"{name}.py"
    spec = spec_from_file_location(f"plugin_{name}", path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def transport(kind: type[Transport], carrier: Carrier | None = None, **settings: str) -> Any:
    """Return a transport that uses the carrier; ``settings`` change its settings, and ``receipts_url``."""
    receipts_url = settings.pop("receipts_url", RECEIPTS_URL)
    values = (carrier.settings if carrier else {}) | settings
    return kind(Context(values, Path("/nonexistent"), receipts_url, "http://localhost:8000", demo=False))


def message(
    text: str = f"Your code is {CODE}.",
    *,
    to: str = MOBILE,
    language: str = "en",
    seconds: float = 600,
    kind: MessageKind = "code",
) -> Message:
    deadline = datetime.now(UTC) + timedelta(seconds=seconds)
    return Message(kind, to, text, CODE, language, deadline, "8f14e45f-ceea-467f-a8f7-2b1c00000001")


def refusal(send: Callable[[Message], str], what: Message | None = None) -> DeliveryError:
    """Return the DeliveryError that a send ends in, which tells nothing of what was sent."""
    with pytest.raises(DeliveryError) as caught:
        send(what or message())
    error = caught.value
    assert CODE not in f"{error!r} {vars(error)}"
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    return error


def webhook(signed: Signed, *, body: bytes | None = None, **headers: str) -> Webhook:
    return Webhook(signed.headers | headers, signed.body if body is None else body, form=signed.form, query={})


@contextmanager
def receiver() -> Iterator[tuple[str, list[Webhook]]]:
    """Serve a receipts URL, and collect what is posted to it."""
    got: list[Webhook] = []

    class Receipts(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(webhook(Signed(body, dict(self.headers.items()))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Receipts) as server, serving(server):
        yield f"http://127.0.0.1:{server.server_port}/receipts", got
