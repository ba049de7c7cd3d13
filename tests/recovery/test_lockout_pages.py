"""“What if I lose…?” over HTTP: ticks, verdicts, advice, and factors that are kept together."""

from __future__ import annotations

import pytest

from tests.support import apps, authenticator, paper
from tests.support.http_client import Visitor
from tests.support.kit import EVE, FIXED, MOBILE, OTHER_MOBILE, Kit
from tests.support.losses import lose, thing
from tests.support.sign_in import enter_password

LOCKED = "You would be locked out."


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def owner(request: pytest.FixtureRequest, kit: Kit) -> Visitor:
    apps.give(kit, kit.account(numbers=(MOBILE,)))
    visitor = kit.signed_in()
    visitor.htmx = request.param
    return visitor


def test_one_of_two_is_no_loss(owner: Visitor) -> None:
    assert "You can still sign in. With your password and one of these: Authenticator app" in lose(owner, "••56").text


def test_both_together_lock_out_and_the_page_says_what_helps(owner: Visitor) -> None:
    lose(owner, "••56", "Authenticator app")

    assert LOCKED in owner.text
    assert "What helps:" in owner.text


def test_what_is_on_one_device_is_lost_together(owner: Visitor) -> None:
    number, app = thing(owner, "••56"), thing(owner, "Authenticator app")
    owner.submit("Save", **{number: "My phone", app: "My phone"})
    assert "The change is saved." in owner.text

    assert "without it you are locked out" in owner.get("/security/lose").text
    assert LOCKED in lose(owner, "My phone").text


def test_each_row_says_what_it_means_alone(owner: Visitor) -> None:
    rows = owner.get("/security/lose").body.split("<li><label>")[1:]

    assert ["locked out" in each for each in rows] == [True, False, False]


def test_a_passkey_that_asks_for_a_finger_does_without_the_password(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    authenticator.add(visitor)

    assert "Without the password, with: Passkey" in lose(visitor, "Your password").text


def test_what_is_ticked_of_another_account_or_invented_is_nothing(kit: Kit, owner: Visitor) -> None:
    kit.account(EVE, numbers=(FIXED, OTHER_MOBILE))
    theirs = thing(kit.signed_in(EVE, number=OTHER_MOBILE), "••89")

    assert "There is 1 thing" in owner.get(f"/security/lose?lost={theirs}&lost=%3Cb%3E").text


def test_a_device_s_name_is_inert_and_short(kit: Kit, owner: Visitor) -> None:
    number = thing(owner, "••56")
    owner.submit("Save", **{number: "<script>alert(1)</script>" + "x" * 100})

    assert "<script>alert" not in owner.get("/security/lose").body
    assert "x" * 60 not in owner.body


def test_nobody_names_the_devices_of_another_account(kit: Kit, owner: Visitor) -> None:
    kit.account(EVE, numbers=(OTHER_MOBILE,))
    eve = kit.signed_in(EVE, number=OTHER_MOBILE)
    eve.get("/security/lose").post("/security/lose/together", **{thing(owner, "••56"): "Eve’s phone"})

    assert "Eve’s phone" not in owner.get("/security/lose").text


def test_it_is_on_the_security_page(owner: Visitor) -> None:
    assert owner.get("/security").submit("What if I lose…?").path == "/security/lose"


def test_each_row_of_the_security_page_says_it_and_so_does_its_cross(kit: Kit) -> None:
    kit.account(numbers=(MOBILE, FIXED))
    owner = kit.signed_in()
    assert owner.get("/security").text.count("you can do without it") == 2

    owner.get("/security/numbers").submit("Remove +44 •• •••• ••00")

    assert "You can still sign in without it." in owner.text


def test_the_only_number_says_that_it_is_the_only_one(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))

    assert "without it you are locked out" in kit.signed_in().get("/security").text


def test_paper_makes_a_loss_no_lock_out_while_it_is_not_used_up(kit: Kit) -> None:
    key = paper.give_key(kit, kit.account(numbers=(MOBILE,)))
    owner = kit.signed_in()
    assert "without it you are locked out" not in owner.get("/security").text
    assert "You can still sign in without it." in owner.submit("Remove the recovery key").text

    paper.use_paper(enter_password(kit), paper.KEY, key)

    assert "without it you are locked out" in owner.get("/security").text


def test_who_would_be_locked_out_is_shown_where_to_make_backup_codes(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    owner = lose(kit.signed_in(), "••56")
    assert LOCKED in owner.text

    paper.make_codes(owner)

    assert "You can still sign in. With your password and one of these: Your backup codes" in lose(owner, "••56").text
