"""The journal’s pages: five entries on the Security page, all of them behind it, and the export."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.support.journal_kit import HERE, asked, entries
from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from trustweb import invitations, journal
from trustweb.models import Account
from trustweb.work import Origin

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HOSTILE = "<script>alert(1)</script>\x01 Firefox/1 \u202e Linux '\"&"


def fill(kit: Kit, account: Account, *events: str, **details: str) -> None:
    with kit.core.database.writing(account.id, HERE) as work:
        for each in events:
            journal.write(work, account.id, each, **details)


def test_the_security_page_says_what_happened_last(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    person = kit.visitor()
    person.headers["User-Agent"] = FIREFOX

    person.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    person.submit("Continue", verification_code=kit.code())

    person.submit("Show recent activity")
    told = "Signed in +44 •••• ••••56 · text message · March 12, 2026 at 9:00 AM · Firefox, Linux · 127.0.0.1"
    assert told in person.text.replace("\u202f", " ")


@pytest.mark.parametrize(("zone", "time"), [("UTC", "9:00"), ("Asia/Tokyo", "6:00")])
def test_a_moment_is_told_in_the_person_s_own_zone(kit: Kit, zone: str, time: str) -> None:
    for name, where in ((BOB, "UTC"), (ALICE, zone)):
        account = kit.account(name, numbers=(MOBILE,))
        with kit.core.database.writing() as work:
            work.db.get_one(Account, account.id).time_zone = where
        person = kit.signed_in(name).get("/security/activity")

    assert f"at {time}" in person.text


def test_every_change_of_the_pages_is_in_the_journal(kit: Kit) -> None:
    account = kit.account(numbers=(MOBILE, OTHER_MOBILE))
    person = kit.signed_in()
    person.get("/security/numbers").submit("Change +44 •••• ••••56")
    person.submit("Save", label="Mum")
    person.submit("Remove +49 •••• •••••89").submit("Remove")
    words = {"current_password": PASSWORD, "new_password": "another horse battery"}
    person.get("/security/password").submit("Change password", **words).submit("Sign out")

    written = entries(kit, account)

    events = ["signed_in", "number_changed", "number_removed", "password_changed", "signed_out"]
    assert [each.event for each in written] == events
    assert {each.address for each in written} == {"127.0.0.1"}


def test_signing_in_over_somebody_signs_them_out(kit: Kit) -> None:
    alice, bob = kit.account(), kit.account(BOB)
    person = kit.visitor().get("/sign-in")
    other = person.tab().get("/sign-in")
    person.submit("Sign In", account=ALICE, password=PASSWORD)

    for _ in range(2):  # the first time its page was open for too long
        other.submit("Sign In", account=BOB, password=PASSWORD)

    assert [each.event for each in entries(kit, alice)] == ["signed_in", "signed_out"]
    assert [each.event for each in entries(kit, bob)] == ["signed_in"]


def test_an_invitation_s_account_begins_with_its_making(kit: Kit) -> None:
    with kit.core.database.writing() as work:
        token = invitations.make(work, name=BOB)
    person = kit.visitor().get(f"/invitation/{token}").submit("Continue", password=PASSWORD)

    person.get("/security/activity")

    assert "The account was made" in person.text
    assert "127.0.0.1" in person.text


def test_the_card_has_five_and_the_page_the_rest(kit: Kit) -> None:
    fill(kit, kit.account(numbers=(MOBILE,)), *(f"event_{n}" for n in range(9)))
    person = kit.signed_in(htmx=True).submit("Show recent activity")

    shown = [n for n in range(9) if f"event_{n}" in person.text]
    person.follow("Show all")

    assert shown == [5, 6, 7, 8]  # and the sign-in
    assert person.path == "/security/activity"
    assert all(f"event_{n}" in person.text for n in range(9))


@pytest.mark.parametrize(
    ("which", "there", "gone"),
    [("All", {"Signed out", "Number added"}, set()), ("Sign-ins", {"Signed out"}, {"Number added"}),
     ("Changes", {"Number added"}, {"Signed out"})],
)  # fmt: skip
def test_the_filter_shows_one_kind(kit: Kit, which: str, there: set[str], gone: set[str]) -> None:
    fill(kit, kit.account(numbers=(MOBILE,)), "signed_out", "number_added")
    person = kit.signed_in().get("/security/activity")

    person.follow(which)

    assert all(words in person.text for words in there)
    assert not any(words in person.text for words in gone)


def test_fifty_are_on_a_page_and_older_ones_behind(kit: Kit) -> None:
    fill(kit, kit.account(numbers=(MOBILE,)), *(f"event-{n}." for n in range(120)))
    person, pages = kit.signed_in().get("/security/activity?show=changes"), []
    for _ in range(2):
        pages.append([n for n in range(120) if f"event-{n}." in person.text])
        person.follow("Older")
    pages.append([n for n in range(120) if f"event-{n}." in person.text])

    assert pages == [list(range(70, 120)), list(range(20, 70)), list(range(20))]
    assert "Older" not in person.text


@pytest.mark.parametrize("query", ["show=other", "before=x", "before=99999999999999999999", "before=-1", "before="])
def test_a_query_that_makes_no_sense_breaks_nothing(kit: Kit, query: str) -> None:
    kit.account(numbers=(MOBILE,))

    assert kit.signed_in().get(f"/security/activity?{query}").status == 200


def test_the_download_has_every_entry_and_is_kept_nowhere(kit: Kit) -> None:
    fill(kit, kit.account(numbers=(MOBILE,)), *["number_added"] * 60, number="+44 •••• ••••56")
    person = kit.signed_in().get("/security/activity")

    person.follow("Download (JSON)")

    headers = person.answer.headers
    assert headers["Content-Disposition"] == 'attachment; filename="journal.json"'
    assert (headers["Cache-Control"], headers["Content-Type"]) == ("no-store", "application/json")
    told = json.loads(person.body)
    assert (told["account"], [each["seq"] for each in told["entries"]]) == (ALICE, list(range(61, 0, -1)))
    assert told["entries"][-1]["details"] == {"number": "+44 •••• ••••56"}


@pytest.mark.parametrize("path", ["/security", "/security/activity", "/security/activity/journal.json"])
def test_nobody_reads_another_account_s_journal(kit: Kit, path: str) -> None:
    kit.account(numbers=(MOBILE,))
    fill(kit, kit.account(BOB), "secret_event")

    assert "secret_event" not in kit.signed_in().get(path).body
    assert kit.visitor().get(path).path == "/sign-in"


EDITING = ("/security/numbers", "/security/devices")


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("path", ["/security?card=trusted_numbers", *EDITING])
def test_the_journal_is_not_read_until_somebody_asks(kit: Kit, htmx: bool, path: str) -> None:
    fill(kit, kit.account(numbers=(MOBILE,)), *["number_added"] * 60)
    person = kit.signed_in()

    with asked(kit) as statements:
        person._visit("GET", path, None, {"HX-Request": "true"} if htmx else {})

    assert statements == []
    assert ("Recent activity" in person.body) == (path not in EDITING)


@pytest.mark.parametrize("htmx", [False, True])
def test_the_card_shows_what_was_changed_just_now(kit: Kit, htmx: bool) -> None:
    kit.account(numbers=(MOBILE,))
    person = kit.signed_in(htmx=htmx).submit("Edit")
    person.submit("Change +44 •••• ••••56").submit("Save", label="Mum")
    assert "Number changed" not in person.text

    person.submit("Done").submit("Show recent activity")

    assert "Number changed Mum" in person.text
    assert person.path == ("/security" if htmx else "/security/activity")


def test_a_hostile_browser_and_address_say_nothing_of_their_own(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_TRUSTED_PROXIES="1")
    account = kit.account()
    person = kit.visitor()
    person.headers |= {"User-Agent": HOSTILE.encode().decode("latin-1"), "X-Forwarded-For": "fe80::1%<b>x</b>"}

    person.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    (entry,) = entries(kit, account)
    assert (entry.browser, entry.address) == ("Firefox, Linux", "fe80::1")


def test_what_is_stored_is_inert_on_the_page(kit: Kit) -> None:
    account = kit.account(numbers=(MOBILE,))
    with kit.core.database.writing(account.id, Origin("<i>", "<b>, <u>")) as work:
        journal.write(work, account.id, "<s>", label="<script>x</script>", number="<em>", method="<q>")
    person = kit.signed_in()

    for path in ("/security/activity", "/security/activity?show=changes"):
        body = person.get(path).body
        assert "&lt;script&gt;x" in body
        assert not [tag for tag in ("<i>", "<b>,", "<u>", "<s>", "<script>x", "<em>", "<q>") if tag in body]


def test_an_address_that_is_none_is_not_written(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_TRUSTED_PROXIES="1")
    account = kit.account()
    for sent in ("unknown", "::ffff:192.0.2.1", "2001:db8::1"):
        person = kit.visitor()
        person.headers["X-Forwarded-For"] = sent
        person.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    assert [each.address for each in entries(kit, account)] == ["", "192.0.2.1", "2001:db8::1"]
