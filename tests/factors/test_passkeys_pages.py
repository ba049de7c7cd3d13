"""Passkeys on the Security page: adding, naming, removing, and what is advised."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from tests.support import authenticator
from tests.support.authenticator import Authenticator, add, use
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from trustweb.models import Account


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def alice(request: pytest.FixtureRequest, kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return kit.signed_in(htmx=request.param)


def test_a_passkey_is_added_with_its_name(alice: Visitor) -> None:
    alice.get("/security").submit("Manage passkeys").submit("Add a Passkey")
    assert "For a passkey, you need JavaScript and a browser that knows passkeys." in alice.text

    use(alice, Authenticator(), name="Blue key")

    assert "The passkey is added. You can sign in with it from now on." in alice.text
    assert "Blue key added on March 12, 2026" in alice.text


def test_the_list_says_what_each_can_do(alice: Visitor) -> None:
    add(alice, Authenticator(copied=True))
    assert "copied to your other devices" in alice.text
    assert "only together with your password" not in alice.text

    add(alice, Authenticator(verifies=False))

    assert "on one device only · only together with your password" in alice.text


def test_a_passkey_is_renamed(alice: Visitor) -> None:
    add(alice, label="Blue key")

    alice.submit("Change Blue key").submit("Save", name="<b>Red</b> key")

    assert "The change is saved." in alice.text
    assert "<b>Red</b> key added on" in alice.text


def test_a_passkey_is_removed_and_dead_at_once(kit: Kit, alice: Visitor) -> None:
    key = add(alice, label="Blue key")

    alice.submit("Remove Blue key").submit("Remove")
    assert "The passkey is removed. Nobody can sign in with it any more." in alice.text
    assert "None yet." in alice.text

    stranger = use(kit.visitor().get("/sign-in"), key)
    assert "This passkey does not work here." in stranger.text


def test_the_first_passkey_turns_two_factor_on(kit: Kit) -> None:
    kit.account()
    other, visitor = kit.signed_in(), kit.signed_in()

    use(visitor.get("/security/passkeys/add"), Authenticator())

    assert "The passkey is added. Two-factor authentication is on." in visitor.text
    assert "To sign in, a passkey is needed, or your password and a code." in visitor.text
    assert other.get("/security").path == "/sign-in"


def test_two_are_advised_before_they_are_the_only_way(kit: Kit) -> None:
    kit.account()
    visitor = kit.signed_in()

    add(visitor)
    assert "Only one passkey. If you lose it, you cannot sign in any more. Add a second one" in visitor.text
    add(visitor)

    assert "Only one passkey." not in visitor.text


def test_one_passkey_beside_a_number_is_enough_for_both(alice: Visitor) -> None:
    assert "Only one number." in alice.get("/security").text

    add(alice)

    assert "Only one passkey." not in alice.text
    assert "Only one number." not in alice.get("/security").text


def test_the_last_way_to_sign_in_stays(kit: Kit) -> None:
    kit.account()
    visitor = kit.signed_in()
    add(visitor, label="Blue key")

    visitor.submit("Remove Blue key")

    assert "This is the only thing that you can sign in with besides your password." in visitor.text


def test_a_number_may_go_when_a_passkey_stays(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    key = add(kit.signed_in())
    kit.clock.forward(days=2)
    visitor = use(kit.visitor().get("/sign-in"), key)

    visitor.get("/security/numbers").submit("Remove +44 •••• ••••56")
    assert "You can still sign in with a passkey." in visitor.text
    visitor.submit("Remove")

    assert "The number is removed." in visitor.text
    assert "Only one passkey." in visitor.get("/security").text


def test_a_new_passkey_removes_nothing_older_for_a_day(kit: Kit) -> None:
    kit.account(numbers=(MOBILE, OTHER_MOBILE))
    key = add(kit.signed_in())
    thief = use(kit.visitor().get("/sign-in"), key)

    thief.get("/security/numbers").submit("Remove +44 •••• ••••56")

    assert "This cannot be removed yet." in thief.text


def test_changes_want_a_fresh_proof(kit: Kit, alice: Visitor) -> None:
    key = add(alice, label="Blue key")
    kit.clock.forward(minutes=11)
    alice.get("/security/passkeys")
    assert alice.tab().submit("Add a Passkey").path == "/verify"

    alice.submit("Change Blue key").submit("Save", name="Red key")
    assert alice.path == "/verify"
    use(alice, key)

    assert "Red key added on" in alice.text


def test_what_was_asked_goes_on_though_the_window_closes(kit: Kit, alice: Visitor) -> None:
    kit.clock.forward(minutes=9)
    alice.get("/security/passkeys/add")
    kit.clock.forward(minutes=2)

    use(alice, Authenticator())

    assert "The passkey is added." in alice.text


def test_there_is_a_most(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_MAX_PASSKEYS="2")
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    waiting = visitor.get("/security/passkeys/add").tab()
    for _ in range(2):
        add(visitor)

    for late in (use(waiting, Authenticator()), visitor.submit("Add a Passkey")):
        assert "You can have 2 passkeys. Remove one to add another one." in late.text


def test_a_passkey_belongs_to_one_account(kit: Kit, alice: Visitor) -> None:
    key = add(alice)
    kit.account(BOB, numbers=(OTHER_MOBILE,))
    bob = kit.signed_in(BOB, number=OTHER_MOBILE)

    use(bob.get("/security/passkeys/add"), key)

    assert "This passkey was added before." in bob.text
    assert "None yet." in bob.get("/security/passkeys").text


def test_the_browser_is_told_which_ones_there_are(alice: Visitor) -> None:
    key = add(alice)

    options = authenticator.asked(alice.get("/security/passkeys/add"))

    assert options["excludeCredentials"] == [{"type": "public-key", "id": authenticator.encode(key.id)}]
    assert options["user"]["id"] == key.user_handle


@pytest.mark.parametrize("wrong", [{"origin": "https://evil.example"}, {"rp_id": "evil.example"}], ids=str)
def test_a_passkey_of_another_site_is_not_added(alice: Visitor, wrong: dict[str, str]) -> None:
    use(alice.get("/security/passkeys/add"), Authenticator(**wrong))

    assert "This passkey does not work here." in alice.text
    assert "None yet." in alice.get("/security/passkeys").text


def test_an_answer_adds_once_and_not_late(kit: Kit, alice: Visitor) -> None:
    key = Authenticator()
    first, second, late = (alice.get("/security/passkeys/add").tab() for _ in range(3))
    answer = authenticator.answer(first, key)
    first.submit("/security/passkeys/add", answer=answer)

    second.submit("/security/passkeys/add", answer=answer)
    kit.clock.forward(seconds=301)
    use(late, Authenticator())

    for each in (second, late):
        assert "That took too long, or the page was old. Please try again." in each.text


def test_the_other_trusted_browsers_ask_for_a_code_once_more(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    here, there = kit.signed_in().submit("Trust"), kit.signed_in().submit("Trust")

    add(here)
    assert here.text.count("not in use since a change; sign in there with a code") == 1

    there.submit("Sign out").submit("Sign In", account=ALICE, password=PASSWORD)
    assert there.path == "/sign-in/code"


def test_two_factor_is_turned_on_again_with_a_passkey(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_TWO_FACTOR="optional")
    kit.account()
    visitor = kit.signed_in()
    key = add(visitor)
    with kit.core.database.writing() as work:
        work.db.execute(update(Account).values(two_factor_since=None))
    assert use(kit.visitor().get("/sign-in"), key).path == "/security"

    visitor.get("/security/two-factor").submit("Turn It On")

    assert "Two-factor authentication is on." in visitor.text


@pytest.mark.parametrize("query", ["focus=manage-passkeys", "card=nothing", "card=../error/page"])
def test_a_page_that_asks_for_no_card_that_there_is_goes_to_the_whole_page(kit: Kit, query: str) -> None:
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in()
    owner.headers["HX-Request"] = "true"  # what an older version's card sends

    assert owner.get(f"/security?{query}").answer.headers["HX-Redirect"].startswith("/security")
    assert 'id="passkeys"' in owner.get("/security?card=passkeys").body
