"""A stand-in for Vonage: a real server on loopback that the real SDK talks to through ``VONAGE_API_URL``.

In a test::

    with Carrier() as carrier:
        carrier.fault("text", "status:503", times=1)
        ...
        code = carrier.wait_for("+447400123456")[-1].code

By hand: ``python tests/support/carrier.py serve``.
"""

from __future__ import annotations

import argparse
import itertools
import shlex
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, Self

if not __package__:  # run by hand: modules of tests/ must not stand in front of everybody else's
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.carrier_page import FAULTS
from tests.support.carrier_server import Fault, Sent, Server
from tests.support.carrier_webhooks import Postman
from tests.support.paths import ROOT

API_KEY = "abcd1234"
API_SECRET = "the-secret-of-the-stand-in"
APPLICATION_ID = "78d335fa-323d-0114-9c3d-d6f0d48968cf"
SIGNATURE_SECRET = "the-stand-in-signs-its-webhooks-with-this-one"


@cache
def private_key_pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class Carrier:
    """Takes texts and calls, reports on them with signed webhooks, and misbehaves on demand.

    texts, calls:  what arrived, oldest first.
    posts:         the path of every POST, also of those that were refused or dropped.
    reports:       (URL, status) of every webhook that was posted.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        webhooks: bool = True,
        signature_secret: str = SIGNATURE_SECRET,
        digest: str = "md5",
        step: float = 0.05,
        folder: Path | None = None,
        heard: Callable[[Sent], None] | None = None,
    ) -> None:
        self.webhooks, self.signature_secret, self.digest = webhooks, signature_secret, digest
        self.basic = (API_KEY, API_SECRET)
        self.application_id = APPLICATION_ID
        self.posts: list[str] = []
        self.stopped = threading.Event()
        self._postman = Postman(signature_secret, digest, APPLICATION_ID, step)
        self.sms_receipt, self.voice_event = self._postman.sms_receipt, self._postman.voice_event
        self._heard, self._say = list[Sent](), heard
        self._faults: dict[str, list[Fault]] = {"text": [], "call": []}
        self._change = threading.Condition()
        self._folder = tempfile.TemporaryDirectory(prefix="carrier-") if folder is None else None
        self.private_key = Path(self._folder.name if self._folder else folder or "") / "application.pem"
        self._lend_key()
        self._server = Server(self, port)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05], name="carrier")
        self._thread.start()
        self._postman.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)
        self._postman.close()
        if self._folder:
            self._folder.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def settings(self) -> dict[str, str]:
        """The environment that makes Trustweb use this carrier."""
        return {
            "VONAGE_API_URL": self.url,
            "VONAGE_API_KEY": API_KEY,
            "VONAGE_API_SECRET": API_SECRET,
            "VONAGE_APPLICATION_ID": APPLICATION_ID,
            "VONAGE_PRIVATE_KEY": str(self.private_key),
            "VONAGE_SIGNATURE_SECRET": self.signature_secret,
            "VONAGE_SIGNATURE_METHOD": self.digest,
            "VONAGE_FROM": "+12015550123",
        }

    @property
    def texts(self) -> list[Sent]:
        return [sent for sent in self._heard if sent.method == "text"]

    @property
    def calls(self) -> list[Sent]:
        return [sent for sent in self._heard if sent.method == "call"]

    @property
    def reports(self) -> list[tuple[str, int]]:
        return self._postman.answers

    def wait_for(
        self, number: str, method: str = "text", count: int = 1, timeout: float = 60.0, *, codes: bool = False
    ) -> list[Sent]:
        """Return what came to a number, oldest first, once it is ``count`` messages, or raise TimeoutError.

        codes: count only messages with a code, and no notices.
        """

        def arrived() -> list[Sent]:
            heard = [sent for sent in self._heard if (sent.method, sent.number) == (method, number)]
            return [sent for sent in heard if sent.has_code or not codes]

        with self._change:
            if not self._change.wait_for(lambda: len(arrived()) >= count, timeout):
                raise TimeoutError(f"{len(arrived())} of {count} {method}s came to {number}; all: {self._heard}")
            return arrived()

    def wait_for_reports(self, count: int, timeout: float = 60.0) -> list[tuple[str, int]]:
        """Return the webhooks' answers once there are ``count`` of them."""
        return self._postman.wait(count, timeout)

    def fault(self, method: str, what: str, times: int | None = None, number: str = "") -> None:
        """Misbehave at the next ``times`` messages of a method (to a number), or until ``heal``; faults queue up."""
        kind, _, detail = what.partition(":")
        if kind not in FAULTS:
            raise ValueError(f"{kind} is none of {', '.join(FAULTS)}")
        with self._change:
            self._faults[method].append(Fault(kind, detail, times, number.lstrip("+")))

    def heal(self) -> None:
        with self._change:
            for faults in self._faults.values():
                faults.clear()

    def forget(self) -> None:
        """Be as new: no faults, nothing heard."""
        self.heal()
        with self._change:
            self._heard.clear()
            self.posts.clear()
            self.reports.clear()

    def next_fault(self, method: str, body: bytes) -> Fault:
        with self._change:
            for fault in self._faults[method]:
                if fault.number.encode() not in body:
                    continue
                if fault.left is None:
                    return fault
                if fault.left > 0:
                    fault.left -= 1
                    return fault
        return Fault("", "")

    def record(self, sent: Sent) -> None:
        with self._change:
            self._heard.append(sent)
            self._change.notify_all()
        if self._say:
            self._say(sent)

    def report(self, sent: Sent, fault: Fault, ids: list[str]) -> None:
        if self.webhooks:
            self._postman.report(sent, fault, ids)

    def _lend_key(self) -> None:
        """Write the key that the product signs with; one that is there is kept, for a restart by hand."""
        self.private_key.parent.mkdir(parents=True, exist_ok=True)
        if not self.private_key.exists():
            self.private_key.touch(mode=0o600)
            self.private_key.write_bytes(private_key_pem())
        key = serialization.load_pem_private_key(self.private_key.read_bytes(), password=None)
        self.public_key: Any = key.public_key()


def _print(sent: Sent, numbers: itertools.count[int]) -> None:
    print(f"\n#{next(numbers)} {sent.at:%H:%M:%S} {sent.method} to {sent.number}\n{sent.text}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for Vonage, on this machine.")
    serve = parser.add_subparsers(required=True).add_parser("serve", help="run until Ctrl-C")
    serve.add_argument("--port", type=int, default=8900)
    serve.add_argument("--webhooks", action=argparse.BooleanOptionalAction, default=True)
    kept = ROOT / "instance" / "carrier"
    serve.add_argument("--folder", type=Path, default=kept, help="where the application's key is kept")
    chosen = parser.parse_args()
    heard = partial(_print, numbers=itertools.count(1))
    with Carrier(port=chosen.port, webhooks=chosen.webhooks, folder=chosen.folder, step=1.0, heard=heard) as carrier:
        for name, value in carrier.settings.items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"\nThe latest messages, and faults to choose from: {carrier.url}/", flush=True)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell puts in the background ignores it
        try:
            carrier.stopped.wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
