"""Trusted devices and kinds of sign-in in the journal."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.support.http_client import Visitor
from tests.support.journal_kit import Trusting, asked, entries
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import code_shown, trusted_browser
from trustweb import accounts, journal
from trustweb.models import Account

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


@pytest.fixture
def owner(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return trusted_browser(kit)


def account(kit: Kit) -> Account:
    with kit.core.database.reading() as work:
        found = accounts.find(work, ALICE)
    assert found is not None
    return found


def sign_in_by_text(kit: Kit, owner: Visitor) -> Visitor:
    return kit.signed_in()


def sign_in_by_device(kit: Kit, owner: Visitor) -> Visitor:
    other = enter_password(kit)
    owner.get("/prompts").submit("Allow")
    return other.submit("Continue", verification_code=code_shown(owner))


def sign_in_by_trust(kit: Kit, owner: Visitor) -> Visitor:
    owner.get("/security").submit("Sign out").get("/sign-in")
    return owner.submit("Sign In", account=ALICE, password=PASSWORD)


WAYS = [
    (sign_in_by_text, {"number": "+44 •••• ••••56", "method": "text"}, "Signed in +44 •••• ••••56 · text message ·"),
    (sign_in_by_device, {"method": "device"}, "Signed in code shown on a trusted device ·"),
    (sign_in_by_trust, {"method": "trust", "label": "Chrome, Linux"}, "Signed in Chrome, Linux · trusted browser ·"),
]


@pytest.mark.parametrize(("way", "details", "words"), WAYS)
def test_the_journal_says_how_somebody_signed_in(kit: Kit, owner: Visitor, way, details, words: str) -> None:
    person = way(kit, owner)

    newest = entries(kit, account(kit))[-1]
    assert (newest.event, newest.details) == ("signed_in", details)
    assert words in person.get("/security/activity").text


def last_step_by_text(kit: Kit, owner: Visitor) -> Callable[[], Visitor]:
    person = enter_password(kit).submit("Text me at +44 •••• ••••56")
    return partial(person.submit, "Continue", verification_code=kit.code())


def last_step_by_trust(kit: Kit, owner: Visitor) -> Callable[[], Visitor]:
    return partial(owner.submit("Sign out").get("/sign-in").submit, "Sign In", account=ALICE, password=PASSWORD)


@pytest.mark.parametrize("prepare", [last_step_by_text, last_step_by_trust])
def test_an_entry_costs_a_sign_in_one_update_and_one_insert(kit: Kit, owner: Visitor, prepare) -> None:
    last_step = prepare(kit, owner)

    with asked(kit) as statements:
        last_step()

    # What reads the account anyway brings the head along.
    assert statements == ["SELECT", "UPDATE", "INSERT"]


def test_a_password_alone_is_said_to_be_alone(kit: Kit) -> None:
    kit.account()

    assert "Signed in password only ·" in kit.signed_in().get("/security/activity").text


def test_a_device_s_life_is_in_the_journal(kit: Kit, owner: Visitor) -> None:
    kit.signed_in()
    owner.get("/security/devices").submit("Sign out everywhere else").get("/security/devices")
    owner.submit("Change Chrome, Linux").submit("Save", name="Kitchen <b>").submit("Remove Kitchen <b>")
    owner.submit("Remove")

    told = owner.get("/security/activity").text

    assert "Browser trusted Chrome, Linux ·" in told
    assert "Signed out everywhere else March 12" in told
    assert "Trusted device renamed Kitchen <b> · before: Chrome, Linux ·" in told
    assert "Trusted device removed Kitchen <b> ·" in told


@pytest.mark.parametrize("htmx", [False, True])
def test_the_card_shows_what_was_changed_on_the_devices(kit: Kit, owner: Visitor, htmx: bool) -> None:
    owner.htmx = htmx
    owner.get("/security").submit("Manage trusted devices")
    owner.submit("Change Chrome, Linux").submit("Save", name="Kitchen")
    assert "Trusted device renamed" not in owner.text

    owner.submit("Done with trusted devices").submit("Show recent activity")

    assert "Trusted device renamed Kitchen" in owner.text


@pytest.mark.parametrize(("button", "words"), [("Allow", "was allowed"), ("Don’t Allow", "was not allowed")])
def test_an_answer_says_who_asked_and_which_device_answered(kit: Kit, owner: Visitor, button: str, words: str) -> None:
    thief = kit.visitor()
    thief.headers["User-Agent"] = IPHONE
    thief.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    owner.get("/prompts").submit(button)

    told = owner.get("/security/activity").text.replace("\u202f", " ")
    asked = f"A sign-in {words} Safari, iPhone · 127.0.0.1 · answered on Chrome, Linux"
    assert f"{asked} · March 12, 2026 at 9:00 AM · Chrome, Linux · 127.0.0.1" in told


def test_an_answer_before_a_change_says_so(kit: Kit, owner: Visitor) -> None:
    other = kit.signed_in()
    kit.clock.forward(minutes=11)
    other.get("/security/password").submit("Show it on my trusted devices")

    owner.get("/prompts").submit("Allow")

    assert (
        "A change was allowed Chrome, Linux · 127.0.0.1 · answered on Chrome, Linux"
        in owner.get("/security/activity").text
    )


def test_what_a_prompt_s_browser_is_called_is_inert(kit: Kit) -> None:
    hostile = "<script>x</script>"
    account = kit.account(numbers=(MOBILE,))
    with kit.core.database.writing(account.id) as work:
        asking = {"purpose": "sign_in", "browser": hostile, "address": hostile}
        journal.write(work, account.id, "prompt_denied", label=hostile, **asking)
        journal.write(work, account.id, "device_renamed", label=hostile, before=hostile)

    body = kit.signed_in().get("/security/activity").body

    assert body.count("&lt;script&gt;x") == 5
    assert "<script>x" not in body


def test_the_answers_are_sign_ins_and_the_devices_are_changes(kit: Kit, owner: Visitor) -> None:
    enter_password(kit)
    owner.get("/prompts").submit("Allow")

    shown = {which: owner.get(f"/security/activity?show={which}").text for which in ("sign-ins", "changes")}

    there = {which: [words in text for words in ("A sign-in was", "Browser trusted")] for which, text in shown.items()}
    assert there == {"sign-ins": [True, False], "changes": [False, True]}


def test_a_device_that_stays_as_it_is_is_no_change(kit: Kit) -> None:
    owner = Trusting(kit)
    acts = (Trusting.trust_browser, Trusting.rename_device, Trusting.allow, Trusting.sign_out_others)

    for act in acts:
        act(owner)
        act(owner)
    owner.rename_device("  ")

    events = ["device_trusted", "device_renamed", "prompt_allowed", "others_signed_out"]
    assert [each.event for each in entries(kit, owner.account)] == events
