"""Passkeys belong to one host: a site whose host has changed does not start."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.authenticator import add
from tests.support.kit import MOBILE, Kit
from tests.support.paths import RECORDING
from trustweb import create_app
from trustweb.config import ConfigError
from trustweb.models import Site


@pytest.fixture
def own(template: Path, tmp_path: Path) -> Kit:
    """A kit whose app may be started again, elsewhere."""
    kit = Kit(template, tmp_path / "instance")
    kit.account(numbers=(MOBILE,))
    return kit


def starts_at(kit: Kit, url: str) -> str:
    environ = {"TRUSTWEB_INSTANCE": str(kit.core.config.instance), "TRUSTWEB_PUBLIC_URL": url}
    plugins = {"TRUSTWEB_PLUGINS": str(RECORDING), "TRUSTWEB_WORKER": "0"}
    app = create_app(environ | plugins, clock=kit.clock, monotonic=kit.clock.monotonic)
    core = app.extensions["trustweb"]
    core.database.close()
    return core.config.public_host


def test_a_site_without_passkeys_moves_as_it_likes(own: Kit) -> None:
    assert starts_at(own, "https://account.example.com:8443") == "account.example.com"


def test_a_site_with_passkeys_stays_where_they_work(own: Kit) -> None:
    add(own.signed_in())

    with pytest.raises(
        ConfigError, match=r"belong to localhost and work nowhere else, .* now at account\.example\.com"
    ):
        starts_at(own, "https://account.example.com")
    assert starts_at(own, "http://localhost:9000") == "localhost"


def test_it_may_move_once_they_are_removed(own: Kit) -> None:
    visitor = own.signed_in()
    add(visitor, label="Blue key")
    visitor.submit("Remove Blue key").submit("Remove")

    assert starts_at(own, "https://account.example.com") == "account.example.com"


def test_after_a_move_the_next_passkey_belongs_to_the_new_host(own: Kit) -> None:
    with own.core.database.writing() as work:
        work.db.execute(Site.__table__.update().values(rp_id="old.example.com"))

    add(own.signed_in())

    with own.core.database.reading() as work:
        assert work.db.scalar(select(Site.rp_id)) == "localhost"
