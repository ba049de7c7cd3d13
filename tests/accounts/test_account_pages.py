"""The account's settings on the page: the name, the language, the time zone."""

from __future__ import annotations

import pytest

from tests.support.csrf import with_token
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.sign_in import enter_password
from trustweb.accounts import clean_display_name

INVISIBLE = "Al\u202eice\u2066\u200b\u061c\x00\x07"


@pytest.fixture
def alice(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return kit.signed_in()


def shown(visitor: Visitor, field: str) -> str:
    form, _ = visitor._find("Save")
    return form.shown(field)


def test_the_account_is_found_from_the_header_and_from_the_security_page(alice: Visitor) -> None:
    assert alice.tab().follow(ALICE).path == "/account"
    assert alice.submit("Open the account’s settings").path == "/account"
    assert f"You sign in as {ALICE}." in alice.text


def test_what_is_saved_is_shown_and_said(alice: Visitor) -> None:
    alice.get("/account").submit("Save", name="Alice Liddell", time_zone="Europe/London")

    assert [hop.status for hop in alice.hops] == [303, 200]
    assert "Saved." in alice.text
    assert (shown(alice, "Name"), shown(alice, "Time Zone")) == ("Alice Liddell", "Europe/London")
    assert alice.get("/security").follow("Alice Liddell").path == "/account"
    assert ALICE in alice.text


def test_a_new_language_is_spoken_on_the_very_next_page_and_in_messages(kit: Kit, alice: Visitor) -> None:
    alice.get("/account").submit("Save", language="Deutsch")

    assert '<html lang="de">' in alice.body
    assert "Gespeichert." in alice.text
    enter_password(kit)
    assert "Ihr Bestätigungscode" in kit.messages(MOBILE)[-1].text


def test_a_new_time_zone_counts_on_the_very_next_page(kit: Kit, alice: Visitor) -> None:
    kit.clock.forward(hours=14, minutes=30)  # half past eleven at night in UTC
    alice = kit.signed_in()
    alice.get("/security/password").submit(
        "Change password", current_password=PASSWORD, new_password="staple battery horse"
    )
    assert "Last changed on March 12, 2026." in alice.get("/account").text

    alice.submit("Save", time_zone="Europe/Berlin")

    assert "Last changed on March 13, 2026." in alice.text


def test_an_empty_name_is_the_account_s_own(alice: Visitor) -> None:
    alice.get("/account").submit("Save", name="Alice")
    alice.submit("Save", name=" \u200b ")

    assert shown(alice, "Name") == ""
    assert alice.follow(ALICE).status == 200


def test_a_name_may_not_be_long(alice: Visitor) -> None:
    alice.get("/account").submit("Save", name="x" * 65)

    assert alice.status == 422
    assert "Something here is too long." in alice.text
    assert shown(alice.get("/account"), "Name") == ""


@pytest.mark.parametrize(("field", "value"), [("language", "xx"), ("time_zone", "Mars/Olympus"), ("time_zone", "../x")])
def test_what_is_not_in_the_popups_is_not_saved(field: str, value: str, alice: Visitor) -> None:
    fields = {"name": "Mallory", "language": "en", "time_zone": "UTC"} | {field: value}

    assert alice.get("/account").post("/account", **fields).status == 422
    assert "Mallory" not in alice.get("/account").text


def test_a_stale_form_keeps_what_was_typed(alice: Visitor) -> None:
    stale = with_token(alice.get("/account"), "stale").submit("Save", name="Alice", language="Deutsch")

    assert stale.status == 422
    assert "Nothing is lost" in stale.text
    assert (shown(stale, "Name"), shown(stale, "Language")) == ("Alice", "Deutsch")
    assert stale.submit("Save").text.count("Gespeichert.") == 1


def test_everybody_has_a_name_of_their_own(kit: Kit, alice: Visitor) -> None:
    kit.account(BOB, numbers=(OTHER_MOBILE,))
    bob = kit.signed_in(BOB, number=OTHER_MOBILE)

    alice.get("/account").submit("Save", name="Alice", language="Deutsch")

    assert shown(bob.get("/account"), "Name") == ""
    assert '<html lang="en">' in bob.body


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "%(name)s %s", "&lt;b&gt;"]
)
def test_a_hostile_name_is_only_text(name: str, alice: Visitor) -> None:
    alice.get("/account").submit("Save", name=name)

    assert shown(alice, "Name") == name
    assert alice.page.all("img") == []
    assert all(script.get("src").startswith("/static/") for script in alice.page.all("script"))
    assert alice.get("/security").follow(name).status == 200


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (INVISIBLE, "Alice"),
        ("  Alice \n\t Liddell\u2029", "Alice Liddell"),
        ("Ame\u0301lie", "Am\xe9lie"),
        ("مریم\u200cجان", "مریم\u200cجان"),
        ("\u202e\u200d\u0301", ""),
        ("\u3164\u2800\ufe0f", ""),
        ("\u3164Alice\u2800 \u2764\ufe0f", "Alice \u2764\ufe0f"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
        ("\ufb2c" * 64, "\u05e9\u05bc\u05c1" * 21 + "\u05e9"),
    ],
)
def test_a_name_has_nothing_that_turns_its_neighbours_around(typed: str, kept: str) -> None:
    assert clean_display_name(typed) == kept


def test_a_name_written_from_right_to_left_stands_apart(alice: Visitor) -> None:
    alice.get("/account").submit("Save", name="مریم")

    (link,) = [node for node in alice.page.all("a") if node.get("href") == "/account"]
    assert [node.tag for node in link.walk()][-1] == "bdi"
