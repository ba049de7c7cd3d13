"""After many wrong passwords for one name the answer is delayed, and says nothing before its time."""

from __future__ import annotations

import pytest

from tests.support.kit import ALICE, MOBILE, Kit
from tests.support.scenes import held
from tests.support.sign_in import WRONG_PASSWORD, enter_password, guess_passwords, visitor_from
from trustweb.authentication import held_sign_in
from trustweb.authentication import sign_in as domain
from trustweb.authentication.held_sign_in import SignInLate
from trustweb.models import Limit, SignInSession

pytestmark = pytest.mark.slow

WAITS = "Many wrong passwords were typed for alice@example.com, so each answer takes longer now."


@pytest.fixture
def tried(kit: Kit) -> Kit:
    """Count five wrong passwords for Alice, from five addresses."""
    kit.account(numbers=(MOBILE,))
    guess_passwords(kit, 5)
    return kit


def test_the_sixth_answer_waits_for_a_second(tried: Kit) -> None:
    visitor = enter_password(tried)
    assert visitor.path == "/sign-in/wait"
    assert WAITS in visitor.text
    assert "Yours comes in 1 second." in visitor.text

    tried.clock.forward(seconds=1)
    visitor.submit("Continue")

    assert visitor.path == "/sign-in/code"
    assert len(tried.messages(MOBILE)) == 1


def test_waits_grow_to_half_a_minute_and_no_further(tried: Kit) -> None:
    seconds = []
    for _ in range(8):
        visitor = enter_password(tried, password=WRONG_PASSWORD)
        page = next(each for each in visitor.page.all("button") if "data-by-itself" in each.attributes)
        seconds.append(page.get("data-after"))

    assert seconds == ["1", "2", "4", "8", "16", "30", "30", "30"]


def test_right_and_wrong_look_the_same_until_then(tried: Kit) -> None:
    right, wrong = enter_password(tried), enter_password(tried, password=WRONG_PASSWORD)

    assert right.text.replace("1 second", "2 seconds") == wrong.text
    assert len(right.cookie("trustweb") or "") == len(wrong.cookie("trustweb") or "")
    assert tried.messages(MOBILE) == []


def test_a_name_that_nobody_has_waits_as_well(kit: Kit) -> None:
    guess_passwords(kit, 5, account="nobody@example.com")

    assert enter_password(kit, account="nobody@example.com").path == "/sign-in/wait"


def test_who_asks_too_early_waits_on(tried: Kit) -> None:
    visitor = enter_password(tried).submit("Continue")

    assert visitor.path == "/sign-in/wait"
    assert tried.messages(MOBILE) == []


def test_a_wrong_one_is_said_in_the_end_with_the_name_kept(tried: Kit) -> None:
    visitor = enter_password(tried, password=WRONG_PASSWORD)
    tried.clock.forward(seconds=30)

    visitor.submit("Continue")

    assert visitor.status == 422
    assert "The account or the password is not right." in visitor.text
    assert next(each for each in visitor.page.all("input") if each.get("name") == "account").get("value") == ALICE


def test_known_browsers_and_other_names_need_not_wait(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in().submit("Sign out")
    guess_passwords(kit, 30)

    assert enter_password(kit, visitor=owner).path == "/sign-in/code"
    assert enter_password(kit, account="bob@example.com", password=WRONG_PASSWORD).path == "/sign-in"


def test_an_hour_later_nobody_waits(tried: Kit) -> None:
    tried.clock.forward(hours=1)

    assert enter_password(tried).path == "/sign-in/code"


def test_nobody_is_refused_however_many_have_tried(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    for at in range(9):
        guess_passwords(kit, 20, near=f"198.51.{at}.")
    visitor = enter_password(kit, visitor=visitor_from(kit, "203.0.113.9"))
    kit.clock.forward(seconds=30)

    visitor.submit("Continue")

    assert visitor.path == "/sign-in/code"


def test_a_password_that_changed_meanwhile_is_wrong(tried: Kit) -> None:
    owner = visitor_from(tried, "203.0.113.9")
    enter_password(tried, visitor=owner)
    tried.clock.forward(seconds=1)
    with tried.core.database.writing() as work:
        domain.set_password(work, 1, tried.core.hasher.hash("staple battery horse"))
    tried.clock.forward(seconds=30)

    owner.submit("Continue")

    assert "The account or the password is not right." in owner.text


def test_an_outcome_that_nobody_came_for_is_none(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = held(kit)
    kit.clock.forward(minutes=11)

    visitor.submit("Continue")

    assert visitor.path == "/sign-in/wait"
    assert "That took too long, or the page was old. Please try again." in visitor.text


def test_two_clicks_are_one_sign_in(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = held(kit)
    twin = visitor.tab()

    visitor.submit("Continue")
    twin.submit("Continue")

    assert visitor.path == "/sign-in/code"
    with kit.core.database.reading() as work:
        assert work.db.query(SignInSession).count() == 1


def test_without_anything_held_the_page_is_the_sign_in_page(kit: Kit) -> None:
    assert kit.visitor().get("/sign-in/wait").path == "/sign-in"


def test_without_scripts_the_page_comes_back_when_it_is_time(tried: Kit) -> None:
    (again,) = [each for each in enter_password(tried).page.all("meta") if each.get("http-equiv") == "refresh"]

    assert again.get("content") == "1"


@pytest.mark.parametrize("sealed", ["", "x", "0:AAAA", "ü"])
def test_what_we_did_not_seal_is_nothing(kit: Kit, sealed: str) -> None:
    with pytest.raises(SignInLate):
        held_sign_in.read(kit.core.database, sealed)


def test_a_right_one_goes_back_once_it_is_said(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = held(kit)
    before = counted(kit)

    visitor.submit("Continue")

    assert {name: before[name] - hits for name, hits in counted(kit).items()} == dict.fromkeys(before, 1)


def counted(kit: Kit) -> dict[tuple[str, int], int]:
    with kit.core.database.reading() as work:
        rows = work.db.query(Limit).filter(Limit.name.like("%_passwords%")).all()
    return {(each.name, each.span): each.hits for each in rows}


def test_a_refused_half_open_sign_in_is_no_wrong_password(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    for _ in range(34):
        enter_password(kit)

    assert set(counted(kit).values()) == {0}


def test_nobodys_name_stays_on_other_peoples_sign_in_page(kit: Kit) -> None:
    visitor = held(kit)
    visitor.submit("Continue")
    assert ALICE in visitor.body

    assert 'value="alice@example.com"' not in kit.visitor().get("/sign-in").body


def test_a_stale_outcome_names_nobody(kit: Kit) -> None:
    visitor = held(kit)
    kit.clock.forward(hours=1)

    assert visitor.get("/sign-in/wait").path == "/sign-in"


def test_half_open_sign_ins_are_bounded(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in().submit("Sign out")
    last = [enter_password(kit) for _ in range(31)][-1]
    assert last.status == 429
    assert "Somebody began to sign in here many times without a code." in last.text
    assert enter_password(kit, visitor=visitor_from(kit, "203.0.113.9")).path == "/sign-in/code"

    assert enter_password(kit, visitor=owner).path == "/sign-in/code"
