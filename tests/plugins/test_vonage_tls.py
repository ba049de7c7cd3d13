"""TLS to Vonage: a slow carrier is cut off, and a false one is sent nothing."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.carrier import Carrier
from tests.support.vonage_kit import message, plugin, refusal, transport

sms = plugin("vonage_sms")


class Hasty(sms.VonageSms):
    timeout = 2.0


@pytest.fixture
def carrier(certificate: Path) -> Iterator[Carrier]:
    with Carrier() as carrier:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server = carrier._server
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield carrier


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_slow_carrier_is_cut_off_over_tls(
    fault: str, carrier: Carrier, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    texts = transport(Hasty, carrier, VONAGE_API_URL=carrier.url.replace("http", "https"))
    texts.send(message())
    carrier.fault("text", fault, times=1)

    assert refusal(texts.send).reason == "timeout"
    assert texts.send(message())


def test_a_carrier_that_nobody_vouches_for_gets_nothing(carrier: Carrier) -> None:
    texts = transport(Hasty, carrier, VONAGE_API_URL=carrier.url.replace("http", "https"))

    assert refusal(texts.send).reason == "connection"
    assert carrier.posts == []
