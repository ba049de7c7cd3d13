"""From the set-up link to the second sign-in in real browsers, of four machines and four kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.services import Nginx, Postgres, Redis
from tests.support.site import Site
from tests.support.story import Story

COUNTRIES = {"TRUSTWEB_COUNTRIES": "GB,DE"}


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with Carrier() as carrier:
        yield carrier


@pytest.fixture
def site(carrier: Carrier, tmp_path: Path) -> Site:
    """Not started yet."""
    return Site(tmp_path / "instance", carrier.settings | COUNTRIES)


def test_the_story_on_a_wide_screen(site: Site, carrier: Carrier, chromium: Browser) -> None:
    with site:
        Story(Person(chromium, site.url), carrier).is_told(site)


def test_the_story_on_a_dark_phone_without_javascript(site: Site, carrier: Carrier, chromium: Browser) -> None:
    with site:
        Story(Person(chromium, site.url, width=360, javascript=False, scheme="dark"), carrier).is_told(site)


def test_the_story_on_several_machines(
    site: Site, carrier: Carrier, chromium: Browser, postgres: Postgres, redis: Redis
) -> None:
    site.settings |= {"TRUSTWEB_DATABASE_URL": postgres.new_database(), "TRUSTWEB_QUEUE_URL": redis.new_database()}
    site.settings["TRUSTWEB_WORKER"] = "0"
    site.worker_processes = 1

    with site:
        Story(Person(chromium, site.url, width=360, scheme="dark"), carrier).is_told(site)


def test_the_story_through_nginx_with_tls(
    tmp_path: Path, chromium: Browser, nginx: Callable[[int], Nginx], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(tmp_path / "instance", COUNTRIES)
    front = nginx(site.port)
    site.settings |= {"TRUSTWEB_PUBLIC_URL": front.url, "TRUSTWEB_TRUSTED_PROXIES": "1"}
    monkeypatch.setenv("SSL_CERT_FILE", str(front.certificate))  # the carrier's webhooks come this way too
    with Carrier() as carrier:
        site.settings |= carrier.settings
        with site:
            Story(Person(chromium, site.url), carrier).is_told(site)

        answers = Counter(status for _, status in carrier.reports)
        # A receipt that overtakes the carrier's answer is refused, and comes again.
        assert answers.keys() <= {204, 404}
        assert answers[204] > answers[404]
