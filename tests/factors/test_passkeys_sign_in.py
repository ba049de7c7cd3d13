"""Signing in with a passkey: instead of the code, and instead of password and code."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from tests.support import authenticator
from tests.support.authenticator import PASSKEY_REFUSED, Authenticator, add, use
from tests.support.kit import BOB, MOBILE, OTHER_MOBILE, Kit
from tests.support.sign_in import enter_password
from trustweb.models import Account, Challenge, Factor, SignInSession

LATE = "That took too long, or the page was old. Please try again."


@pytest.fixture
def key(kit: Kit) -> Authenticator:
    """Alice's, who has a number too."""
    kit.account(numbers=(MOBILE,))
    return add(kit.signed_in(), label="Blue key")


def proved_by(kit: Kit) -> tuple[str, bool]:
    """Return the kind of factor that proved the newest session, and whether it may make changes."""
    newest = select(SignInSession).order_by(SignInSession.id.desc()).limit(1)
    with kit.core.database.reading() as work:
        session = work.db.scalars(newest).one()
        factor = work.db.get_one(Factor, session.proved_by)
        return factor.kind, session.step_up_by == factor.id and session.step_up_until is not None


def test_a_passkey_stands_in_for_the_code(kit: Kit, key: Authenticator) -> None:
    visitor = use(enter_password(kit), key)

    assert visitor.path == "/security"
    assert "Trust this browser?" in visitor.text
    assert proved_by(kit) == ("passkey", True)


def test_with_a_passkey_nothing_is_sent_unasked(kit: Kit, key: Authenticator) -> None:
    before = len(kit.messages(MOBILE))

    visitor = enter_password(kit)

    assert "Or with a code How do you want to get your code?" in visitor.text
    assert len(kit.messages(MOBILE)) == before


def test_it_stands_in_for_a_code_that_is_on_its_way(kit: Kit, key: Authenticator) -> None:
    visitor = enter_password(kit).submit("Text me")
    assert "Or without a code" in visitor.text

    use(visitor, key)

    assert visitor.path == "/security"
    with kit.core.database.reading() as work:
        assert work.db.scalars(select(Challenge.outcome)).all()[-1] == "cancelled"


def test_it_stands_in_for_password_and_code(kit: Kit, key: Authenticator) -> None:
    visitor = use(kit.visitor().get("/sign-in"), key)

    assert visitor.path == "/security"
    assert "Trust this browser?" in visitor.text
    assert proved_by(kit) == ("passkey", True)


def test_what_is_asked_for_alone_names_nobody(kit: Kit, key: Authenticator) -> None:
    options = authenticator.asked(kit.visitor().get("/sign-in"))

    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"
    assert options["rpId"] == "localhost"


def test_a_trusted_browser_stays_trusted(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in().submit("Trust")
    key = add(visitor)
    before = visitor.cookie("trustweb-devices")

    use(visitor.submit("Sign out"), key)

    assert "Trust this browser?" not in visitor.text
    assert visitor.cookie("trustweb-devices") != before


def test_a_passkey_opens_the_window_for_changes(kit: Kit, key: Authenticator) -> None:
    visitor = kit.signed_in()
    kit.clock.forward(minutes=11)
    visitor.get("/security/passkeys").submit("Change Blue key").submit("Save", name="Red key")
    assert visitor.path == "/verify"

    use(visitor, key)

    assert "Red key added on" in visitor.text
    assert proved_by(kit)[0] == "trusted_number"


def test_one_without_a_pin_does_not_stand_in_for_the_password(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    key = add(kit.signed_in(), Authenticator(verifies=False))

    assert use(enter_password(kit), key).path == "/security"
    assert PASSKEY_REFUSED in use(kit.visitor().get("/sign-in"), key).text

    key.verifies = True  # whoever found it has given it a PIN
    assert PASSKEY_REFUSED in use(kit.visitor().get("/sign-in"), key).text


def test_the_pin_is_asked_for_each_time(kit: Kit, key: Authenticator) -> None:
    key.verifies = False

    assert PASSKEY_REFUSED in use(kit.visitor().get("/sign-in"), key).text


def test_an_answer_that_names_no_account_does_not_stand_in_for_the_password(kit: Kit, key: Authenticator) -> None:
    key.user_handle = ""

    assert PASSKEY_REFUSED in use(kit.visitor().get("/sign-in"), key).text


WRONGS = {
    "another person's": {"user_handle": authenticator.encode(b"somebody else")},
    "unknown": {"id": b"unknown"},
    "of another origin": {"origin": "https://localhost.evil.example"},
    "of another port": {"origin": "http://localhost:9000"},
    "of another site": {"rp_id": "evil.example"},
    "signed by another key": {"key": Authenticator().key},
}


@pytest.mark.parametrize("wrong", WRONGS.values(), ids=WRONGS.keys())
@pytest.mark.parametrize("alone", [False, True], ids=["instead of the code", "alone"])
def test_a_wrong_answer_signs_nobody_in(kit: Kit, key: Authenticator, wrong: dict[str, object], alone: bool) -> None:
    visitor = kit.visitor().get("/sign-in") if alone else enter_password(kit)
    right = vars(key).copy()
    vars(key).update(wrong)

    assert PASSKEY_REFUSED in use(visitor, key).text

    vars(key).update(right)
    assert use(visitor, key).path == "/security"


def test_somebody_elses_passkey_does_not_finish_a_sign_in(kit: Kit, key: Authenticator) -> None:
    kit.account(BOB, numbers=(OTHER_MOBILE,))
    bobs = add(kit.signed_in(BOB, number=OTHER_MOBILE))

    assert PASSKEY_REFUSED in use(enter_password(kit), bobs).text


def test_an_answer_counts_once(kit: Kit, key: Authenticator) -> None:
    visitor = enter_password(kit)
    twin, answer = visitor.tab(), authenticator.answer(visitor, key)
    visitor.submit("/sign-in/code/passkey", answer=answer)
    alone = kit.visitor().get("/sign-in")
    other, again = alone.tab(), authenticator.answer(alone, key)
    alone.submit("/sign-in/passkey", answer=again)

    assert (visitor.path, alone.path) == ("/security", "/security")
    assert twin.submit("/sign-in/code/passkey", answer=answer).path == "/security"  # as signed in, not by the answer
    assert other.submit("/sign-in/passkey", answer=again).status == 422


@pytest.mark.parametrize("where", ["another browser", "another purpose", "too late"])
def test_an_answer_is_good_only_where_it_was_asked_for(kit: Kit, key: Authenticator, where: str) -> None:
    visitor = enter_password(kit)
    answer = authenticator.answer(visitor, key)
    if where == "another browser":
        visitor = enter_password(kit)
    elif where == "another purpose":
        visitor = kit.visitor().get("/sign-in")
    else:
        kit.clock.forward(seconds=301)

    visitor.submit(authenticator.form(visitor).get("action"), answer=answer)

    assert LATE in visitor.text


def test_what_was_asked_for_a_sign_in_allows_no_change(kit: Kit, key: Authenticator) -> None:
    visitor = enter_password(kit)
    answer = authenticator.answer(visitor, key)
    visitor.submit("Text me").submit("Continue", verification_code=kit.code())

    visitor.get("/verify").submit("/verify/passkey", answer=answer)

    assert LATE in visitor.text


def test_an_answer_for_the_sign_in_page_is_good_in_one_browser(kit: Kit, key: Authenticator) -> None:
    answer = authenticator.answer(kit.visitor().get("/sign-in"), key)

    thief = kit.visitor().get("/sign-in").submit("/sign-in/passkey", answer=answer)

    assert LATE in thief.text


def test_a_disabled_account_is_refused_like_anything_unknown(kit: Kit, key: Authenticator) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(update(Account).values(disabled_at=work.now))

    assert PASSKEY_REFUSED in use(kit.visitor().get("/sign-in"), key).text
