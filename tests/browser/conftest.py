"""Fixtures of the tests in a real browser; a file that needs other settings has a ``site`` of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.carrier import Carrier
from tests.support.crowd import desk_of
from tests.support.kit import MOBILE
from tests.support.person import Person
from tests.support.site import Site
from tests.support.virtual_authenticator import PasskeyOwner


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    with Carrier() as carrier:
        yield carrier


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo, in which anybody may make an account."""
    settings = {"TRUSTWEB_DEMO": "1", "TRUSTWEB_REGISTRATION": "open"}
    with Site(tmp_path_factory.mktemp("demo") / "instance", settings) as site:
        yield site


@pytest.fixture(params=[("light", "en-GB"), ("dark", "de-DE")])
def person(site: Site, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Person]:
    scheme, locale = request.param
    person = Person(chromium, site.url, scheme=scheme, locale=locale)
    yield person
    assert not person.errors
    person.leaves()


@pytest.fixture(scope="module")
def passkey_site(carrier: Carrier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("passkeys") / "instance", carrier.settings) as site:
        yield site


@pytest.fixture
def owner(
    request: pytest.FixtureRequest, passkey_site: Site, carrier: Carrier, chromium: Browser
) -> Iterator[PasskeyOwner]:
    """Somebody with a number and a passkey; a test's parameter says how wide the page is, and how it is coloured."""
    width, scheme = getattr(request, "param", (1280, "light"))
    name = f"{request.node.originalname}-{width}@example.com"
    with desk_of(passkey_site) as desk:
        desk.account(name, numbers=(MOBILE,))
    owner = PasskeyOwner(chromium, passkey_site, name, width=width, scheme=scheme)
    owner.signs_in(carrier)
    owner.adds()
    yield owner
    owner.leaves()
