"""The example of a static site behind the browser door, beside a site as ``make run`` serves it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser_sites import Surfer, sign_in
from tests.support.crowd import desk_of
from tests.support.kit import ALICE, MOBILE
from tests.support.machine import require
from tests.support.paths import ROOT
from tests.support.processes import Process, free_port, listening
from tests.support.site import Site
from trustweb.models import Account, Service

PAGE = {"Sec_Fetch_Mode": "navigate"}
SCRIPT = """() => Promise.all([fetch("/"), fetch("/", {method: "POST"})]).then(all => all.map(each => each.status))"""


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[tuple[str, Surfer]]:
    """The example's address, and Alice's browser."""
    require("nginx")
    port = free_port()
    with Site(tmp_path / "instance", {"TRUSTWEB_PLUGINS": "tests/support/plugins"}) as site, desk_of(site) as desk:
        alice = desk.account(ALICE, numbers=(MOBILE,))
        with desk.database.writing() as work:
            origin = f"http://wiki.localhost:{port}"
            work.db.add(Service(name="wiki", created_at=work.now, browser=True, origin=origin))
            work.db.get_one(Account, alice.id).display_name = "Alicè <3"
        ports = {"PORT": str(site.port), "WIKI_PORT": str(port)}
        command: list[str | Path] = [sys.executable, ROOT / "examples" / "browser_door.py"]
        process = Process(command, tmp_path / "log", environment=os.environ | ports)
        process.wait_until(lambda: listening(port))
        yield origin, sign_in(desk.database, alice.id)
        process.kill()


def test_the_example_says_hello_to_whoever_has_signed_in(wiki: tuple[str, Surfer]) -> None:
    origin, surfer = wiki

    page = surfer.open(f"{origin}/")[-1]

    assert "hello to <b>Alicè &lt;3</b>" in page.body
    assert Surfer().ask(f"{origin}/index.html").status == 401
    assert Surfer().ask(f"{origin}/", **PAGE).location == "/.trustweb/start?to=/"


def test_in_a_browser_a_page_opens_and_a_script_hears_401_once_it_is_over(
    wiki: tuple[str, Surfer], chromium: Browser
) -> None:
    origin, surfer = wiki
    context = chromium.new_context()
    account = {"name": "trustweb", "domain": "localhost", "path": "/", "httpOnly": True, "sameSite": "Lax"}
    context.add_cookies([account | {"value": surfer.jar["localhost"]["trustweb"]}])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(f"{origin}/?at=%2Fhome")
    inside = page.url, page.get_by_text("says hello to Alicè <3").is_visible(), page.evaluate(SCRIPT)
    context.clear_cookies(name="trustweb-wiki")

    assert inside == (f"{origin}/?at=%2Fhome", True, [200, 405])
    assert page.evaluate(SCRIPT) == [401, 401]
    context.close()
