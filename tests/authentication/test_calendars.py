"""A real calendar program and server behind a proxy: programs sync with an app-specific password only.

Where the proxy has two doors, browsers find the same calendar by the other one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import quote, urlsplit
from uuid import uuid4

import caldav
import pytest
import requests
from caldav.lib.error import AuthorizationError
from playwright.sync_api import Browser
from sqlalchemy import update

from tests.support.browser_sites import sign_in
from tests.support.calendars import CalendarCaddy, CalendarNginx, Radicale
from tests.support.clients.town import Walker
from tests.support.clients.two_doors import TWO_DOORS, open_both
from tests.support.crowd import Desk, desk_of
from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, PASSWORD
from tests.support.programs import give
from tests.support.site import Site
from trustweb.factors import app_passwords
from trustweb.models import Account, AppPassword

PROXIES = [CalendarNginx, CalendarCaddy, *TWO_DOORS]
# Written out: the library that caldav writes them with has moved on.
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//tests
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20260312T090000Z
DTSTART:20260312T120000Z
DTEND:20260312T130000Z
SUMMARY:{summary}
END:VEVENT
END:VCALENDAR
"""
READ_AND_WRITE = """async ([there, event]) => {
  const read = await (await fetch(there)).text()
  const headers = { "Content-Type": "text/calendar" }
  return [read, (await fetch(there + "walk.ics", { method: "PUT", body: event, headers })).status]
}"""


@dataclass
class Place:
    """Everything that runs, and the passwords of Alice, who has an event in her calendar."""

    desk: Desk
    radicale: Radicale
    proxy: CalendarNginx | CalendarCaddy
    secret: str
    mail: str
    bobs: str
    alice: Account

    def calendars(self, password: str, user: str = ALICE) -> caldav.Principal:
        trust = str(self.proxy.certificate) if self.proxy.certificate else True
        return caldav.DAVClient(self.proxy.url, username=user, password=password, ssl_verify_cert=trust).principal()

    def ask(
        self, password: str, user: str = ALICE, method: str = "PROPFIND", of: str = ALICE, **headers: str
    ) -> requests.Response:
        """Ask for somebody's calendars as a program does that knows where they are."""
        trust = str(self.proxy.certificate) if self.proxy.certificate else True
        with requests.Session() as session:
            session.trust_env = False
            session.auth = (user.encode(), password.encode())
            return session.request(
                method, f"{self.proxy.url}/{of}/", headers={"Depth": "1"} | headers, verify=trust, timeout=10
            )


@pytest.fixture(scope="module", params=PROXIES, ids=lambda kind: kind.__name__)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    settings = {"TRUSTWEB_PLUGINS": "tests/support/plugins", "TRUSTWEB_WRONG_APP_PASSWORDS": "1000/300"}

    def folder(name: str):
        return tmp_path_factory.mktemp(name)

    with ExitStack() as running:
        site = running.enter_context(Site(folder("calendars") / "instance", settings))
        radicale = running.enter_context(Radicale(folder("radicale")))
        proxy = running.enter_context(request.param(folder("proxy"), site.port, radicale.port))
        if request.param in TWO_DOORS:
            open_both(site, proxy.origin)
        desk = running.enter_context(desk_of(site))
        alice, bob = desk.account(ALICE, numbers=(MOBILE,)), desk.account(BOB, numbers=(OTHER_MOBILE,))
        secret = give(desk, alice, "calendar", handle="a" * 8)
        mail, bobs = give(desk, alice, "mail", handle="m" * 8), give(desk, bob, "calendar", handle="b" * 8)
        place = Place(desk, radicale, proxy, secret, mail, bobs, alice)
        add(place, "The dentist")
        yield place


def add(place: Place, what: str) -> None:
    principal = place.calendars(place.secret)
    found = principal.calendars()
    calendar = found[0] if found else principal.make_calendar(name="Mine")
    calendar.save_event(EVENT.format(uid=uuid4(), summary=what))


def summaries(place: Place) -> list[str]:
    (calendar,) = place.calendars(place.secret).calendars()
    return sorted(re.findall(r"SUMMARY:(.*?)\r?\n", "".join(each.data for each in calendar.events())))


def test_a_program_makes_reads_and_deletes_an_event(place: Place) -> None:
    add(place, "A walk")
    assert summaries(place) == ["A walk", "The dentist"]
    assert "SUMMARY:A walk" in place.radicale.texts()

    (calendar,) = place.calendars(place.secret).calendars()
    next(each for each in calendar.events() if "A walk" in each.data).delete()

    assert summaries(place) == ["The dentist"]
    assert "A walk" not in place.radicale.texts()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda _: "twap" + "0" * 28,
        lambda _: PASSWORD,
        lambda p: p.mail,
        lambda p: p.bobs,
        lambda p: p.secret[:-1] + "t",
    ],
    ids=["unknown", "the account's", "another service's", "another account's", "nearly right"],
)  # fmt: skip
def test_with_anything_else_nothing_is_read(place: Place, wrong: Callable[[Place], str]) -> None:
    with pytest.raises(AuthorizationError):
        place.calendars(wrong(place)).calendars()

    for method in ("PROPFIND", "GET", "PUT", "DELETE", "MKCALENDAR", "OPTIONS"):
        answer = place.ask(wrong(place), method=method)
        assert (answer.status_code, "dentist" in answer.text) == (401, False)
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="calendar", charset="UTF-8"'


def test_a_revoked_one_is_dead_at_once(place: Place) -> None:
    account = place.desk.account("carol@example.com", numbers=(MOBILE,))
    secret = give(place.desk, account, "calendar", handle="d" * 8)
    assert place.calendars(secret, account.name).make_calendar(name="Hers")

    with place.desk.database.writing(account.id) as work:
        app_passwords.revoke_all(work, account.id)

    assert place.ask(secret, account.name).status_code == 401
    with pytest.raises(AuthorizationError):
        place.calendars(secret, account.name).calendars()


@pytest.mark.parametrize("header", ["X-Remote-User", "Remote-User", "X_Remote_User"])
def test_nobody_says_who_they_are_by_themselves(place: Place, header: str) -> None:
    as_bob = place.ask(place.bobs, BOB, **{header: ALICE})
    as_nobody = place.ask("wrong", **{header: ALICE})

    assert as_bob.status_code == 403  # Radicale's own answer to whom it is not theirs
    assert as_nobody.status_code == 401
    assert place.ask(place.secret, **{header: BOB}).status_code == 207


def test_trustweb_hears_where_the_program_is(place: Place) -> None:
    with place.desk.database.writing() as work:
        work.db.execute(update(AppPassword).values(last_used_at=None, last_address=""))

    place.ask(place.secret, **{"X-Forwarded-For": "203.0.113.9"})

    with place.desk.database.reading() as work:
        assert work.db.query(AppPassword.last_address).filter_by(handle="a" * 8).scalar() in {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("name", "handle"),
    [("jörg@bücher.example", "j" * 8), ("100%@example.com", "p" * 8), ("a%40b@example.com", "q" * 8)],
)
def test_a_name_reaches_the_program_letter_by_letter(place: Place, name: str, handle: str) -> None:
    secret = give(place.desk, place.desk.account(name, numbers=(MOBILE,)), "calendar", handle=handle)

    made = place.ask(secret, name, "MKCALENDAR", of=f"{quote(name)}/mine")
    read = [place.ask(secret, user, of=quote(name)) for user in (name, quote(name, safe=""))]

    assert made.status_code == 201
    assert [each.status_code for each in read] == [207, 207]
    assert (place.radicale.folder / "collections" / "collection-root" / name / "mine").is_dir()
    assert place.ask(place.secret, of=quote(name)).status_code == 403


@pytest.mark.parametrize("place", TWO_DOORS, indirect=True, ids=lambda kind: kind.__name__)
def test_a_browser_reads_and_writes_the_same_calendar_by_a_door_of_its_own(place: Place, chromium: Browser) -> None:
    (calendar,) = place.calendars(place.secret).calendars()
    person = Walker(chromium, place.desk.site.url)
    person.takes(sign_in(place.desk.database, place.alice.id))
    person.page.goto(place.proxy.origin)
    there, walk = urlsplit(str(calendar.url)).path, EVENT.format(uid="walk", summary="A walk")

    read, status = person.page.evaluate(READ_AND_WRITE, [there, walk.replace("\n", "\r\n")])

    assert ("SUMMARY:The dentist" in read, status) == (True, 201)
    assert summaries(place) == ["A walk", "The dentist"]
    next(each for each in calendar.events() if "A walk" in each.data).delete()
    person.leaves()
