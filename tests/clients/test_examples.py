"""The examples, started as examples/README.md says, and walked by somebody in Chromium."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.clients.client import NOT_THEIRS
from tests.support.clients.environments import folder_of
from tests.support.clients.town import Walker
from tests.support.demo_owner import DemoOwner
from tests.support.machine import require
from tests.support.markdown import blocks
from tests.support.paths import ROOT
from tests.support.processes import Process, free_port, listening
from tests.support.story import writing
from trustweb.models import Account

README = ROOT / "examples" / "README.md"
NAME = "Alicè <3"
FETCH = """() => fetch("/").then(each => each.status)"""


@dataclass
class Demo:
    """A demo with both examples: ``make run`` and the commands of the page, each in a terminal of its own."""

    url: str
    app: str
    wiki: str
    invitation: str
    environment: dict[str, str]


def start(running: ExitStack, command: str, port: int, folder: Path, environment: dict[str, str]) -> Process:
    process = Process(command.split(), folder / f"{port}.log", environment=environment, folder=ROOT)
    running.callback(process.kill)
    process.wait_until(lambda: listening(port), seconds=60)
    return process


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder_of("flask-authlib")
    require("nginx")
    folder, numbers = tmp_path_factory.mktemp("demo"), [free_port() for _ in range(3)]
    ports = dict(zip(("PORT", "EXAMPLE_PORT", "WIKI_PORT"), map(str, numbers), strict=True))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_THEIRS)}
    own = clean | ports | {"TRUSTWEB_INSTANCE": str(folder / "instance"), "PYTHONUNBUFFERED": "1"}
    with ExitStack() as running:
        site = start(running, "make run", numbers[0], folder, own)
        for command, port in zip(blocks(README, "sh"), numbers[1:], strict=True):
            start(running, command, port, folder, own)
        url, app = (f"http://localhost:{each}" for each in numbers[:2])
        (invitation,) = re.findall(rf"{url}/\S+", site.output())[:1]
        yield Demo(url, app, f"http://wiki.localhost:{numbers[2]}", invitation, own)


def opens(person: Walker, url: str) -> Page:
    """Open it in a tab of its own."""
    page = person.context.new_page()
    page.goto(url)
    return page


def test_somebody_enters_both_sees_them_on_the_card_and_ends_both(demo: Demo, chromium: Browser) -> None:
    person = Walker(chromium, demo.url)
    owner = DemoOwner(person)
    owner.sets_up(demo.invitation)
    owner.adds_the_phone()
    with writing(demo) as work:
        work.db.query(Account).update({"display_name": NAME})

    app, wiki = opens(person, demo.app), opens(person, demo.wiki)
    app.get_by_role("link", name="Sign In With Trustweb").click()
    expect(app.get_by_text(f"You are signed in as {NAME}.")).to_be_visible()
    expect(wiki.get_by_text(f"says hello to {NAME}.")).to_be_visible()
    person.opens("/security/services")
    for name in ("Wiki", "Example"):
        for _ in range(2):  # the second time in the panel that asks
            person.presses("Sign out of %(name)s", name=name)
        person.sees("You are signed out of %(name)s.", name=name)

    expect(person.says("The app has heard of it.")).to_be_visible()
    assert wiki.evaluate(FETCH) == 401
    app.reload()
    expect(app.get_by_text("You are not signed in.")).to_be_visible()
    person.leaves()
