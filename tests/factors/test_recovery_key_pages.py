"""The recovery key's pages: shown once, typed back before it counts, replaced, removed."""

from __future__ import annotations

import re

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, Kit
from tests.support.paper import KEY, NEW_KEY, ON_PAPER, make_key, secrets_on, show_key, try_again, use_paper
from tests.support.sign_in import enter_password
from trustweb.models import NewRecoveryKey, RecoveryKey

ALREADY = "The key was shown already."
UK = "+44 •••• ••••56"


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def alice(request: pytest.FixtureRequest, kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return kit.signed_in(htmx=request.param)


def live(kit: Kit) -> int:
    with kit.core.database.reading() as work:
        return work.db.query(RecoveryKey).filter_by(removed_at=None).count()


def test_what_it_is_for_is_said_before(alice: Visitor) -> None:
    alice.get("/security").submit("Create a Recovery Key")

    for words in ("It is shown once.", "It works once.", "recovery by waiting is off", "keep the paper"):
        assert words in alice.text
    assert secrets_on(alice) == []


def test_it_is_28_characters_in_seven_groups_on_a_page_that_nobody_keeps(alice: Visitor) -> None:
    key = show_key(alice)

    assert re.fullmatch("([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}", key)
    assert (alice.status, alice.hops[-1].method) == (200, "POST")
    assert alice.answer.headers["Cache-Control"] == "no-store"
    assert key not in alice.url


def test_it_can_be_saved_as_a_file_without_scripts(alice: Visitor) -> None:
    key = show_key(alice)

    (link,) = [each for each in alice.page.all("a") if "download" in each.attributes]
    assert link.get("href").startswith("data:text/plain")
    assert key in link.get("href")


def test_it_does_not_count_before_it_is_typed(kit: Kit, alice: Visitor) -> None:
    show_key(alice)

    assert live(kit) == 0
    assert "Create a Recovery Key" in alice.get("/security").buttons
    assert KEY not in enter_password(kit).buttons


def test_typed_as_people_type_it_counts(kit: Kit, alice: Visitor) -> None:
    key = show_key(alice).lower().replace("-", "  ").replace("0", "o").replace("1", "L")

    alice.submit(ON_PAPER).submit("Confirm", typed=key)

    assert "The recovery key counts from now on." in alice.text
    assert live(kit) == 1


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda key: ("A" if key[0] != "A" else "B") + key[1:], "That is not the key that was shown last."),
        (lambda key: key[:-1], "A recovery key is 28 letters and digits"),
        (lambda _: "", "A recovery key is 28 letters and digits"),
    ],
)
def test_mistyped_it_does_not_count_and_what_was_typed_is_still_there(kit: Kit, alice: Visitor, spoil, words) -> None:
    key = show_key(alice)

    alice.submit(ON_PAPER).submit("Confirm", typed=spoil(key))
    assert words in alice.text
    assert (alice.status, alice.value("typed"), live(kit)) == (422, spoil(key), 0)

    assert "counts from now on" in alice.submit("Confirm", typed=key).text


def test_a_reload_shows_no_key_and_makes_none(kit: Kit, alice: Visitor) -> None:
    form = alice.get(NEW_KEY).tab()
    key = secrets_on(alice.submit(NEW_KEY))[0]

    form.submit(NEW_KEY)

    assert ALREADY in form.text
    assert secrets_on(form) == []
    assert "counts from now on" in form.submit(ON_PAPER).submit("Confirm", typed=key).text


def test_after_a_reload_another_one_can_be_made(alice: Visitor) -> None:
    form = alice.get(NEW_KEY).tab()
    first = secrets_on(alice.submit(NEW_KEY))[0]

    (second,) = secrets_on(form.submit(NEW_KEY).submit("Show a new key"))

    form.submit(ON_PAPER).submit("Confirm", typed=first)
    assert "That is not the key that was shown last." in form.text
    assert "counts from now on" in form.submit("Confirm", typed=second).text


def test_of_two_tabs_the_newest_key_counts(alice: Visitor) -> None:
    tab = alice.get("/security").tab()
    first, second = show_key(alice), show_key(tab)

    alice.submit(ON_PAPER).submit("Confirm", typed=first)
    assert "That is not the key that was shown last." in alice.text

    assert "counts from now on" in tab.submit(ON_PAPER).submit("Confirm", typed=second).text
    assert alice.submit("Confirm", typed=first).path == "/security"


def test_back_after_it_was_typed_makes_no_second_one(kit: Kit, alice: Visitor) -> None:
    key = show_key(alice)
    confirming = alice.submit(ON_PAPER).tab()
    alice.submit("Confirm", typed=key)

    assert confirming.submit("Confirm", typed=key).path == "/security"
    assert confirming.get("/security/recovery-key/confirm").path == "/security"
    assert live(kit) == 1


def test_another_session_cannot_confirm_it(kit: Kit, alice: Visitor) -> None:
    key = show_key(alice)
    kit.clock.forward(minutes=1)

    assert kit.signed_in().get("/security/recovery-key/confirm").path == "/security"
    alice.submit(ON_PAPER).submit("Confirm", typed=key)
    assert live(kit) == 1


def test_the_one_before_counts_until_the_new_one_does(kit: Kit, alice: Visitor) -> None:
    before = make_key(alice)

    after = show_key(alice.submit("Make a new recovery key"))
    assert use_paper(enter_password(kit), KEY, before).path == "/security"
    alice.submit(ON_PAPER).submit("Confirm", typed=after)

    assert "used up" in try_again(use_paper(enter_password(kit), KEY, before), before).text
    assert use_paper(enter_password(kit), KEY, after).path == "/security"


def test_removed_it_is_gone(kit: Kit, alice: Visitor) -> None:
    key = make_key(alice)
    waiting = enter_password(kit).submit(KEY)

    alice.submit("Remove the recovery key").submit("Cancel").submit("Remove the recovery key").submit("Remove")

    assert "The recovery key is removed." in alice.text
    assert "That is not your recovery key" in waiting.submit("Continue", typed=key).text
    assert KEY not in enter_password(kit).buttons


def test_a_second_click_on_remove_is_no_error(alice: Visitor) -> None:
    make_key(alice)
    other = alice.submit("Remove the recovery key").tab()
    alice.submit("Remove")

    assert other.submit("Remove").path == "/security"


@pytest.mark.parametrize("button", ["Create a Recovery Key", "Remove the recovery key/Remove"])
def test_each_change_asks_for_a_fresh_proof(kit: Kit, button: str) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    if "Remove" in button:
        make_key(visitor)
    kit.clock.forward(minutes=11)
    for each in button.split("/"):
        visitor.submit(each)
    assert visitor.path == "/verify"

    visitor.submit(f"Text me at {UK}").submit("/verify", verification_code=kit.code())

    assert "Show the key" in visitor.buttons or "The recovery key is removed." in visitor.text


def test_a_key_is_not_shown_by_a_proof_for_something_else(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in().get(NEW_KEY)
    kit.clock.forward(minutes=11)
    assert visitor.submit(NEW_KEY).path == "/verify"

    visitor.submit(f"Text me at {UK}").submit("/verify", verification_code=kit.code())

    assert (visitor.path, secrets_on(visitor)) == (NEW_KEY, [])


def test_without_two_factor_there_is_none(kit: Kit, make_kit) -> None:
    kit = make_kit(TRUSTWEB_TWO_FACTOR="optional")
    kit.account()
    visitor = kit.signed_in()

    assert "Recovery Key" not in visitor.get("/security").text
    assert visitor.get(NEW_KEY).status == 404
    assert visitor.get("/security").post(NEW_KEY, seen="").status == 404


def test_anothers_key_is_no_key_here(kit: Kit, alice: Visitor) -> None:
    make_key(alice)
    kit.account(BOB, numbers=(OTHER_MOBILE,))
    bobs = make_key(kit.signed_in(BOB, number=OTHER_MOBILE))

    assert "That is not your recovery key" in use_paper(enter_password(kit, ALICE), KEY, bobs).text
    assert use_paper(enter_password(kit, BOB), KEY, bobs).path == "/security"


def test_what_was_shown_goes_with_its_session(kit: Kit, alice: Visitor) -> None:
    show_key(alice)
    kit.clock.forward(days=3)
    kit.core.sender.tidy()

    with kit.core.database.reading() as work:
        assert work.db.query(NewRecoveryKey).count() == 0
