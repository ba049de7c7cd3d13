"""The way to Vonage itself is TLS: a slow carrier is cut off there too, and a false one gets nothing."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from tests.carrier import Carrier, private_key_pem
from tests.vonage_kit import message, plugin, refusal, transport

sms = plugin("vonage_sms")


class Hasty(sms.VonageSms):
    timeout = 2.0


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = serialization.load_pem_private_key(private_key_pem(), password=None)
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "carrier")]), datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    path = tmp_path / "certificate.pem"
    path.write_bytes(private_key_pem() + made.public_bytes(serialization.Encoding.PEM))
    return path


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
