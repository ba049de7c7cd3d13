"""Fixtures of several folders: both databases, carriers, a push service, a certificate, what is logged."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from tests.support.asking import OFTEN
from tests.support.carrier import private_key_pem
from tests.support.kit import Kit
from tests.support.paths import RECORDING
from tests.support.push_service import PushService
from tests.support.services import DATABASES
from trustweb import config, keys, schema


@pytest.fixture
def kit_now(kit: Kit) -> Kit:
    """A kit at the machine's own time: the command line knows no other."""
    kit.clock.now = datetime.now(UTC)
    return kit


@pytest.fixture(scope="session")
def racing_database(template, postgres) -> str:
    """One for all races: whoever takes a kit on it begins with nobody."""
    url = postgres.new_database()
    there = config.load({"TRUSTWEB_INSTANCE": str(template), "TRUSTWEB_DATABASE_URL": url})
    schema.upgrade(there, keys.load(there))
    return url


@pytest.fixture(params=DATABASES)
def racing(request: pytest.FixtureRequest, make_kit: Callable[..., Kit]) -> Kit:
    """A kit whose writers really meet: SQLite lets in one at a time, PostgreSQL all of them."""
    if request.param == "sqlite":
        return make_kit()
    return make_kit(TRUSTWEB_DATABASE_URL=request.getfixturevalue("racing_database"))


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """The instance folder of a site that does not run."""
    return Path(shutil.copytree(template, tmp_path / "site"))


@pytest.fixture
def two(make_kit: Callable[..., Kit], tmp_path: Path) -> Kit:
    """A site with two carriers of texts."""
    plugins = shutil.copytree(RECORDING, tmp_path / "plugins")
    shutil.copy(Path(__file__).parent / "spare_carrier.py", plugins)
    return make_kit(**OFTEN, TRUSTWEB_PLUGINS=str(plugins), TRUSTWEB_TRANSPORTS="recording_texts,spare_texts")


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Everything that is logged, with all that a formatter could print of it."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(f"{record.getMessage()} {vars(record)}")
    logging.getLogger("trustweb").addHandler(handler)
    yield lines
    logging.getLogger("trustweb").removeHandler(handler)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for a server on loopback, with its key."""
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
def service() -> Iterator[PushService]:
    with PushService() as service:
        yield service
