"""“Get a Verification Code”: a trusted device shows a code that works elsewhere, and not for itself."""

from __future__ import annotations

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, EVE, MOBILE, OTHER_MOBILE, Kit
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import ENTER_SHOWN_CODE, code_shown, trusted_browser
from trustweb import one_time_code
from trustweb.models import Challenge, Factor, SignInSession, TrustedDevice

GET = "Get a Verification Code"
NOT_THE_CODE = "That is not the code."


@pytest.fixture
def owner(kit: Kit) -> Visitor:
    """A browser that Alice trusts."""
    kit.account(numbers=(MOBILE,))
    return trusted_browser(kit)


def code_of(owner: Visitor) -> str:
    """Ask on the trusted device for a code of its own."""
    return code_shown(owner.get("/prompts").submit(GET))


def unasked(kit: Kit) -> str:
    """Return the code that the first device would show now."""
    with kit.core.database.reading() as work:
        handle = work.db.query(TrustedDevice.handle).order_by(TrustedDevice.factor_id).limit(1).scalar()
        secret = one_time_code.secret_of_device(handle, work.keys)
    return one_time_code.at_step(secret, one_time_code.step_at(kit.clock.now))


def test_a_code_of_the_device_signs_in_elsewhere(kit: Kit, owner: Visitor) -> None:
    other = enter_password(kit)
    assert ENTER_SHOWN_CODE in other.text

    other.submit("Continue", verification_code=code_of(owner))

    assert other.path == "/security"
    with kit.core.database.reading() as work:
        session = work.db.query(SignInSession).order_by(SignInSession.id.desc()).first()
        assert work.db.get_one(Factor, session.proved_by).kind == "trusted_device"
    assert sum(each.code is not None for each in kit.messages(MOBILE)) == 1  # of the sign-in before


def test_whoever_came_in_with_its_code_goes_with_it(kit: Kit, owner: Visitor) -> None:
    other = enter_password(kit).submit("Continue", verification_code=code_of(owner))

    owner.get("/security/devices").submit("Remove Chrome, Linux").submit("Remove")

    assert other.get("/security").path == "/sign-in"
    assert owner.get("/security").path == "/security"


def test_the_cookie_alone_is_enough_and_looking_changes_nothing(kit: Kit, owner: Visitor) -> None:
    owner.get("/security").submit("Sign out")
    before = kit.database_text()

    assert code_shown(owner.get("/prompts/code")) == ""
    assert kit.database_text() == before
    assert len(code_shown(owner.submit("Show a code"))) == 6


def test_it_is_at_hand_on_the_security_page(kit: Kit, owner: Visitor) -> None:
    assert len(code_shown(owner.get("/security").submit(GET))) == 6
    assert GET not in kit.signed_in().get("/security").text


def test_a_code_that_nobody_asked_for_is_none(kit: Kit, owner: Visitor) -> None:
    other = enter_password(kit)

    assert NOT_THE_CODE in other.submit("Continue", verification_code=unasked(kit)).text


def test_reload_shows_the_next_one(kit: Kit, owner: Visitor) -> None:
    first = code_of(owner)
    kit.clock.forward(seconds=30)
    second = code_shown(owner.get("/prompts/code"))

    assert first != second
    assert enter_password(kit).submit("Continue", verification_code=second).path == "/security"


def test_no_code_is_good_twice_and_a_used_one_is_not_shown_again(kit: Kit, owner: Visitor) -> None:
    first, second = enter_password(kit), enter_password(kit)
    code = code_of(owner)
    first.submit("Continue", verification_code=code)

    assert NOT_THE_CODE in second.submit("Continue", verification_code=code).text
    assert code_of(owner) != code
    assert "This code was used already." in second.submit("Continue", verification_code=code).text
    assert second.submit("Continue", verification_code=code_shown(owner)).path == "/security"


def test_after_five_minutes_it_shows_nothing_and_nothing_counts(kit: Kit, owner: Visitor) -> None:
    code_of(owner)
    kit.clock.forward(minutes=5)
    other = enter_password(kit)

    assert code_shown(owner.get("/prompts/code")) == ""
    assert NOT_THE_CODE in other.submit("Continue", verification_code=unasked(kit)).text


def test_it_is_no_code_for_a_text(kit: Kit, owner: Visitor) -> None:
    other = enter_password(kit).submit("Text me at +44 •••• ••••56")

    assert NOT_THE_CODE in other.submit("Continue", verification_code=code_of(owner)).text


def test_the_browser_that_asks_neither_sees_its_own_code_nor_is_believed(kit: Kit, owner: Visitor) -> None:
    second = enter_password(kit)
    second.submit("Continue", verification_code=code_of(owner)).submit("Trust")
    kit.clock.forward(minutes=11)
    code = code_of(owner)
    asking = owner.tab().get("/verify").submit("Show it on my trusted devices")

    assert "in this very browser" in owner.get("/prompts/code").text
    assert code_shown(owner) == ""
    assert NOT_THE_CODE in asking.submit("/verify", verification_code=code).text
    assert asking.submit("/verify", verification_code=code_of(second)).path == "/security"


def test_half_way_in_a_browser_sees_no_code_though_none_was_asked_for(kit: Kit, owner: Visitor) -> None:
    with kit.core.database.writing() as work:
        work.db.query(TrustedDevice).update({"skips_code": False})
    owner.submit("Sign out").get("/sign-in").submit("Sign In", account=ALICE, password="correct horse battery")
    assert owner.path == "/sign-in/code"
    with kit.core.database.writing() as work:
        work.db.query(Challenge).delete()
        work.db.query(TrustedDevice).update({"skips_code": True})

    assert code_of(owner) == ""
    assert "in this very browser" in owner.text


@pytest.mark.parametrize("end", ["removed_at", "disabled_at", "expires_at", "skips_code"])
def test_what_is_removed_disabled_expired_or_in_doubt_has_no_code(kit: Kit, owner: Visitor, end: str) -> None:
    other, code = enter_password(kit), code_of(owner)
    with kit.core.database.writing() as work:
        table = TrustedDevice if end in ("expires_at", "skips_code") else Factor
        mine = work.db.query(TrustedDevice.factor_id).scalar_subquery()
        key = TrustedDevice.factor_id if table is TrustedDevice else Factor.id
        ended = {end: False if end == "skips_code" else work.now}
        work.db.query(table).filter(key.in_(mine)).update(ended, synchronize_session=False)

    assert code_shown(owner.get("/prompts/code")) == ""
    assert NOT_THE_CODE in other.submit("Continue", verification_code=code).text


def test_another_accounts_code_is_worth_nothing(kit: Kit, owner: Visitor) -> None:
    kit.account(EVE, numbers=(OTHER_MOBILE,))
    eve = kit.signed_in(EVE, number=OTHER_MOBILE).submit("Trust")
    other = enter_password(kit)

    assert NOT_THE_CODE in other.submit("Continue", verification_code=code_of(eve)).text


def test_nobody_asks_for_a_code_of_a_device_that_is_elsewhere(kit: Kit, owner: Visitor) -> None:
    kit.account(EVE, numbers=(OTHER_MOBILE,))
    eve = kit.signed_in(EVE, number=OTHER_MOBILE).submit("Trust")
    with kit.core.database.reading() as work:
        alices = work.db.query(Factor.public_id).filter_by(kind="trusted_device").order_by(Factor.id).first()[0]

    eve.get("/prompts").post("/prompts/code", device=alices)

    with kit.core.database.reading() as work:
        assert work.db.query(TrustedDevice).filter(TrustedDevice.shows_until.is_not(None)).count() == 0


def test_of_two_accounts_in_one_browser_each_asks_for_its_own(kit: Kit, owner: Visitor) -> None:
    kit.account(EVE, numbers=(OTHER_MOBILE,))
    owner.submit("Sign out").get("/sign-in").submit("Sign In", account=EVE, password="correct horse battery")
    owner.submit("Continue", verification_code=kit.code(OTHER_MOBILE)).submit("Trust")

    owner.get("/prompts").submit(GET).submit(f"Show a code for {ALICE}")

    assert f"For {EVE}" in owner.text
    assert enter_password(kit).submit("Continue", verification_code=code_shown(owner)).path == "/security"
