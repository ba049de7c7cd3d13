"""The code page of a sign-in: tries, expiry, new codes, other numbers and methods."""

from __future__ import annotations

import pytest

from tests.support.kit import FIXED, MOBILE, OTHER_MOBILE, Kit
from tests.support.sign_in import at_code_page, enter_code, enter_password, wrong_code


def test_a_wrong_code_says_how_many_tries_are_left(kit: Kit) -> None:
    visitor = at_code_page(kit)

    enter_code(visitor, wrong_code(kit.code()))

    assert visitor.status == 422
    assert "That is not the code. You have 4 tries left." in visitor.text


def test_when_the_tries_are_gone_the_right_code_is_refused_too(make_kit) -> None:
    kit = make_kit(TRUSTWEB_CODE_TRIES="2")
    visitor = at_code_page(kit)
    code = kit.code()
    enter_code(visitor, wrong_code(code))
    assert "You have 1 try left." in visitor.text
    enter_code(visitor, wrong_code(code))
    assert "this was the last try. Please wait a few minutes and sign in again" in visitor.text

    visitor.post("/sign-in/code", code=code)

    assert visitor.status == 429
    assert "There are no tries left for this code." in visitor.text


def test_five_tries_are_all(kit: Kit) -> None:
    visitor = at_code_page(kit)
    wrong = wrong_code(kit.code())

    for _ in range(5):
        visitor.post("/sign-in/code", code=wrong)

    assert "this was the last try." in visitor.text
    assert visitor.post("/sign-in/code", code=wrong).status == 429


@pytest.mark.parametrize("typed", ["{0}{1}{2} {3}{4}{5}", "{0}{1}{2}-{3}{4}{5}", " {0} {1} {2} {3} {4} {5} "])
def test_blanks_and_dashes_in_a_code_do_not_matter(typed: str, kit: Kit) -> None:
    visitor = at_code_page(kit)

    enter_code(visitor, typed.format(*kit.code()))

    assert visitor.path == "/security"


def test_full_width_digits_are_digits(kit: Kit) -> None:
    visitor = at_code_page(kit)

    enter_code(visitor, kit.code().translate({ord("0") + n: 0xFF10 + n for n in range(10)}))

    assert visitor.path == "/security"


def test_what_is_no_code_costs_no_try(kit: Kit) -> None:
    visitor = at_code_page(kit)

    enter_code(visitor, "12345")
    assert "A code is six digits. Please type all six." in visitor.text
    enter_code(visitor, wrong_code(kit.code()))

    assert "You have 4 tries left." in visitor.text


def test_after_ten_minutes_a_code_is_too_old(kit: Kit) -> None:
    visitor = at_code_page(kit)
    code = kit.code()
    kit.clock.forward(minutes=10)

    enter_code(visitor, code)

    assert visitor.path == "/sign-in/code"
    assert "This code is too old. Please send a new one." in visitor.text
    assert "Send a new code" in visitor.buttons


def test_a_code_works_in_its_own_session_only(kit: Kit) -> None:
    visitor = at_code_page(kit)
    eve = enter_password(kit)
    codes = [message.code for message in kit.messages(MOBILE)]
    assert codes[0] != codes[1]

    enter_code(eve, codes[0])

    assert eve.status == 422
    assert enter_code(visitor, codes[0]).path == "/security"


def test_a_code_works_once(kit: Kit) -> None:
    visitor = at_code_page(kit)
    cookie, token = visitor.cookie("trustweb"), visitor.tab()
    code = kit.code()
    enter_code(visitor, code)

    twin = kit.visitor()
    twin._wire.client.set_cookie("trustweb", cookie, domain="localhost")  # type: ignore[union-attr]
    twin.page = token.page
    enter_code(twin, code)

    assert twin.path == "/sign-in"


def test_use_another_number_sends_there_and_the_first_code_is_dead(kit: Kit) -> None:
    visitor = at_code_page(kit, MOBILE, OTHER_MOBILE)
    visitor.submit("Text me at +44 •••• ••••56")
    first = kit.code(MOBILE)
    assert "Use another number" in visitor.text

    visitor.submit("Text me at +49 •••• •••••89")
    assert "Enter the code sent to +49 •••• •••••89." in visitor.text
    enter_code(visitor, first)
    assert visitor.status == 422

    assert enter_code(visitor, kit.code(OTHER_MOBILE)).path == "/security"


def test_another_number_does_not_bring_new_tries(kit: Kit) -> None:
    visitor = at_code_page(kit, MOBILE, FIXED).submit("Text me at +44 •••• ••••56")
    enter_code(visitor, wrong_code(kit.code(MOBILE)))

    visitor.submit("Call me at +44 •• •••• ••00")
    enter_code(visitor, wrong_code(kit.code(FIXED)))

    assert "You have 3 tries left." in visitor.text


def test_the_other_method_brings_the_same_code(kit: Kit) -> None:
    visitor = at_code_page(kit)
    code = kit.code()
    kit.clock.forward(seconds=30)

    visitor.submit("Call me")
    kit.deliver()

    assert "We are calling +44 •••• ••••56 and say the code three times." in visitor.text
    assert [call.code for call in kit.calls.messages] == [code]
    assert enter_code(visitor, code).path == "/security"


def test_a_new_code_comes_after_the_pause_and_not_before(kit: Kit) -> None:
    visitor = at_code_page(kit)
    kit.clock.forward(seconds=29)
    visitor.submit("Send a new code")
    assert visitor.status == 429
    assert "You can send a new one in 1 second." in visitor.text

    kit.clock.forward(seconds=1)
    visitor.get("/sign-in/code").submit("Send a new code")

    assert visitor.status == 200
    assert len(kit.messages(MOBILE)) == 2


def test_with_little_life_left_a_resend_makes_a_new_code(kit: Kit) -> None:
    visitor = at_code_page(kit)
    old = kit.code()
    kit.clock.forward(minutes=8, seconds=1)

    visitor.submit("Send a new code")
    new = kit.code()
    assert new != old
    assert "Good for 10 minutes." in visitor.text
    assert enter_code(visitor, old).status == 422

    assert enter_code(visitor, new).path == "/security"


def test_looking_at_the_page_sends_nothing(kit: Kit) -> None:
    visitor = at_code_page(kit)
    kit.clock.forward(minutes=1)

    for path in ("/sign-in/code", "/sign-in/code/send", "/sign-in/code/status"):
        visitor.get(path)

    assert len(kit.messages(MOBILE)) == 1


def test_a_double_click_sends_one_code(kit: Kit) -> None:
    visitor = at_code_page(kit)
    kit.clock.forward(minutes=1)
    visitor.get("/sign-in/code")
    twin = visitor.tab()

    visitor.submit("Send a new code")
    twin.submit("Send a new code")

    assert (visitor.status, twin.status) == (200, 200)
    assert len(kit.messages(MOBILE)) == 2


def test_a_number_that_is_not_the_accounts_is_not_there(kit: Kit) -> None:
    visitor = at_code_page(kit, MOBILE, OTHER_MOBILE)

    visitor.post("/sign-in/code/send", number="AAAAAAAAAAAA", method="text", seen="")

    assert visitor.status == 404
