"""Known browsers of an account, and strangers who know its password."""

from __future__ import annotations

from sqlalchemy import select, update

from tests.support.kit import FIXED, MOBILE, Kit
from tests.support.sign_in import at_code_page, enter_code, enter_password, use_up_code, wrong_code
from trustweb.models import Factor


def test_strangers_get_two_unasked_codes_a_day(kit: Kit) -> None:
    at_code_page(kit)
    enter_password(kit)
    assert len(kit.messages(MOBILE)) == 2

    third = enter_password(kit)
    assert "How do you want to get your code?" in third.text
    assert len(kit.messages(MOBILE)) == 2

    third.submit("Text me at +44 •••• ••••56").submit("Continue", verification_code=kit.code())

    assert third.path == "/security"


def test_the_next_day_strangers_get_unasked_codes_again(kit: Kit) -> None:
    at_code_page(kit)
    enter_password(kit)
    assert len(kit.messages(MOBILE)) == 2
    kit.clock.forward(days=1)

    enter_password(kit)

    assert len(kit.messages(MOBILE)) == 3


def test_an_answered_code_is_not_counted(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))

    for _ in range(3):
        kit.signed_in()
        kit.clock.forward(minutes=10)

    assert len(kit.messages(MOBILE)) == 3


def test_a_known_browser_gets_its_code_unasked_whatever_strangers_do(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in().submit("Sign out")
    for _ in range(3):
        enter_password(kit)
        kit.clock.forward(minutes=10)
    before = len(kit.messages(MOBILE))

    enter_password(kit, visitor=owner)

    assert "Enter the code sent to +44 •••• ••••56." in owner.text
    assert len(kit.messages(MOBILE)) == before + 1


def test_strangers_who_use_up_their_tries_do_not_lock_the_owner_out(make_kit) -> None:
    kit = make_kit(TRUSTWEB_CODE_FAILURES="5/3600")
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in().submit("Sign out")
    use_up_code(kit, enter_password(kit))
    stranger = enter_code(enter_password(kit), kit.code())
    assert stranger.status == 429
    assert "There were too many wrong codes." in stranger.text
    kit.clock.forward(minutes=10)

    enter_code(enter_password(kit, visitor=owner), kit.code())

    assert owner.path == "/security"


def test_the_owners_mistakes_do_not_use_up_the_strangers_window(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    owner = enter_password(kit, visitor=kit.signed_in().submit("Sign out"))
    use_up_code(kit, owner)
    assert "this was the last try." in owner.text

    new_phone = enter_password(kit)
    enter_code(new_phone, kit.code())

    assert new_phone.path == "/security"


def test_after_five_minutes_a_stranger_may_try_again(kit: Kit) -> None:
    use_up_code(kit, at_code_page(kit))
    kit.clock.forward(minutes=5)

    visitor = enter_password(kit)
    enter_code(visitor, kit.code())

    assert visitor.path == "/security"


def test_a_browser_is_known_from_its_first_full_session_on(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in()
    use_up_code(kit, enter_password(kit))
    kit.clock.forward(minutes=4)

    # The same session proves itself again: this browser is no stranger any more.
    owner.get("/verify").submit("Call me at +44 •••• ••••56")
    owner.submit("/verify", verification_code=kit.code())

    assert owner.status == 200
    assert "There were too many wrong codes." not in owner.text


def test_the_owner_is_told_that_somebody_knows_the_password(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in()
    assert "Somebody knows your password" not in owner.text

    use_up_code(kit, enter_password(kit))
    owner.get("/security")
    assert "Somebody knows your password" in owner.text
    assert "On March 12, 2026 at 9:00 AM somebody typed your right password" in owner.text

    owner.submit("It was me")

    assert "Somebody knows your password" not in owner.get("/security").text


def test_the_owners_own_mistakes_tell_of_no_stranger(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    owner = enter_password(kit, visitor=kit.signed_in().submit("Sign out"))
    use_up_code(kit, owner)
    kit.clock.forward(minutes=10)

    enter_password(kit, visitor=owner)
    enter_code(owner, kit.code())

    assert owner.path == "/security"
    assert "Somebody knows your password" not in owner.text


def wear_out(kit: Kit, fails: int = 99) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(update(Factor).values(fails_in_row=fails))


def disabled(kit: Kit) -> bool:
    with kit.core.database.reading() as work:
        return work.db.scalar(select(Factor.disabled_at)) is not None


def test_the_hundredth_wrong_code_in_a_row_disables_a_number(kit: Kit) -> None:
    visitor = at_code_page(kit)
    wear_out(kit, 98)
    enter_code(visitor, wrong_code(kit.code()))
    assert not disabled(kit)

    enter_code(visitor, wrong_code(kit.code()))

    assert disabled(kit)


def test_a_right_code_clears_the_count(kit: Kit) -> None:
    visitor = at_code_page(kit)
    wear_out(kit)

    enter_code(visitor, kit.code())
    enter_code(enter_password(kit), wrong_code(kit.code()))

    assert not disabled(kit)


def test_a_disabled_number_is_of_no_use_to_a_stranger(kit: Kit) -> None:
    visitor = at_code_page(kit)
    wear_out(kit)
    enter_code(visitor, wrong_code(kit.code()))

    stranger = enter_password(kit)

    assert "None of your numbers can be used from this browser." in stranger.text
    assert len(kit.messages(MOBILE)) == 1


def test_a_strangers_waiting_code_does_not_enable_a_number_again(kit: Kit) -> None:
    visitor = at_code_page(kit)
    wear_out(kit)
    enter_code(visitor, wrong_code(kit.code()))
    assert disabled(kit)

    visitor.post("/sign-in/code", code=kit.code())

    assert visitor.path != "/security"
    assert disabled(kit)


def test_a_known_browser_proves_a_disabled_number_anew(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in().submit("Sign out")
    wear_out(kit)
    enter_code(enter_password(kit), wrong_code(kit.code()))
    kit.clock.forward(minutes=1)

    enter_code(enter_password(kit, visitor=owner), kit.code())

    assert owner.path == "/security"
    assert not disabled(kit)


def test_a_disabled_number_is_said_to_rest(kit: Kit) -> None:
    kit.account(numbers=(MOBILE, FIXED))
    owner = kit.signed_in()
    with kit.core.database.writing() as work:
        work.db.execute(update(Factor).where(Factor.id == 2).values(disabled_at=work.now))

    assert "off after too many wrong codes" in owner.get("/security").text


def test_twenty_wrong_codes_an_hour_are_all(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    for _ in range(4):
        visitor = enter_password(kit)
        if "How do you want" in visitor.text:
            visitor.submit("Text me at +44 •••• ••••56")
        use_up_code(kit, visitor)
        kit.clock.forward(minutes=6)

    visitor = enter_password(kit).submit("Text me at +44 •••• ••••56")
    visitor.post("/sign-in/code", code=kit.code())

    assert visitor.status == 429
    assert "There were too many wrong codes." in visitor.text
