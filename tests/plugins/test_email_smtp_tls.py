"""TLS to the mail server: passwords and mails go to nobody else, and a slow server is cut off."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.mail_server import Mailroom, mail_server
from tests.support.smtp import ImpatientSmtp, mail, smtp
from tests.support.vonage_kit import refusal, transport

LOGIN = {"SMTP_USER": "trustweb", "SMTP_PASSWORD": "right"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    made = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    signed = made.sign(key, hashes.SHA256()).public_bytes(pem)
    path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + signed)
    return path


@pytest.fixture(params=["tls", "starttls"])
def served(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[str, Mailroom]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with mail_server(context, starttls=request.param == "starttls") as room:
        yield request.param, room


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def over(served: tuple[str, Mailroom], kind: Any = smtp.EmailSmtp) -> Any:
    security, room = served
    return transport(kind, **room.settings(security) | LOGIN)


@pytest.mark.usefixtures("trusted")
def test_a_mail_goes_over_tls(served: tuple[str, Mailroom]) -> None:
    over(served).send(mail())

    assert served[1].encrypted
    assert served[1].logins == [("trustweb", "right")]
    assert len(served[1].mails) == 1


def test_a_server_that_nobody_vouches_for_gets_nothing(served: tuple[str, Mailroom]) -> None:
    assert refusal(over(served).send, mail()).reason == "certificate"
    assert (served[1].logins, served[1].mails) == ([], [])


@pytest.mark.usefixtures("trusted")
def test_another_servers_certificate_is_not_taken(served: tuple[str, Mailroom]) -> None:
    security, room = served
    mails = transport(smtp.EmailSmtp, **room.settings(security) | LOGIN | {"SMTP_HOST": "127.0.0.1"})

    assert refusal(mails.send, mail()).reason == "certificate"
    assert room.logins == []


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_slow_server_is_cut_off_over_tls(fault: str, served: tuple[str, Mailroom]) -> None:
    served[1].answers["DATA"] = [fault]
    began = time.monotonic()

    assert refusal(over(served, ImpatientSmtp).send, mail()).reason == "timeout"
    assert time.monotonic() - began < 30  # the stand-in goes on for a minute


def test_a_server_that_shakes_no_hands_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Mailroom(silent.getsockname()[1]).settings("tls")
        began = time.monotonic()

        assert refusal(transport(ImpatientSmtp, **settings).send, mail()).reason == "timeout"
        assert time.monotonic() - began < 30  # the stand-in goes on for a minute


def test_without_starttls_nothing_is_said() -> None:
    with mail_server() as room:
        error = refusal(transport(smtp.EmailSmtp, **room.settings("starttls") | LOGIN).send, mail())

    assert (error.reason, error.permanent) == ("not-supported", True)
    assert (room.logins, room.mails) == ([], [])
