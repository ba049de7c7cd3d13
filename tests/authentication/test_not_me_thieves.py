"""Attacks by a thief on notices, on their links and on what was removed."""

from __future__ import annotations

import pytest

from tests.support.kit import FIXED, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.notices import LINK_SPENT, NOT_ME, not_me_link, notices_to, tell_password_changed
from tests.support.sign_in import enter_password, use_up_code
from tests.support.trusted_numbers import MASKED_OTHER, add_number, remove_number, verify_number
from trustweb import notices
from trustweb.delivery import messages
from trustweb.factors import enrolled
from trustweb.models import Account, TrustedNumber


@pytest.fixture
def account(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE,))


@pytest.fixture
def two(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE, OTHER_MOBILE))


def test_a_removed_number_s_session_is_out_and_puts_nothing_back(kit: Kit, two: Account) -> None:
    thief = kit.signed_in(number=OTHER_MOBILE)
    kit.clock.forward(minutes=1)
    owner = kit.signed_in()

    remove_number(owner, MASKED_OTHER)

    assert thief.get("/security/numbers").path == "/sign-in"
    assert owner.get("/security").path == "/security"


def test_who_removed_the_number_they_came_in_with_does_not_put_it_back(kit: Kit, two: Account) -> None:
    visitor = kit.signed_in(number=OTHER_MOBILE)
    remove_number(visitor, MASKED_OTHER)

    visitor.submit(f"Put back {MASKED_OTHER}")

    assert "sign in with something that you trusted before it was removed" in visitor.text


def test_using_one_link_uses_up_the_earlier_ones_of_that_number(kit: Kit, account: Account) -> None:
    links = []
    for _ in range(3):
        tell_password_changed(kit, account, after_minutes=11)
        links.append(not_me_link(kit))
    kit.visitor().get(links[0]).submit(NOT_ME)

    assert len(set(links)) == 3
    assert all(LINK_SPENT in kit.visitor().get(each).text for each in links)


def test_a_link_is_of_its_account_though_numbers_of_rows_come_again(kit: Kit) -> None:
    words = {messages.stop_word(kit.core.keys, 1, account_id, seq) for account_id in (1, 2) for seq in (1, 2)}

    assert len(words) == 4


def test_a_new_number_of_a_thief_does_not_change_the_password(kit: Kit, account: Account) -> None:
    verify_number(add_number(kit.signed_in()), kit.code(OTHER_MOBILE))
    thief = kit.signed_in(number=OTHER_MOBILE).get("/security/password")

    thief.submit("Change password", current_password=PASSWORD, new_password="staple battery horse")

    assert "What you signed in with is too new for this." in thief.text
    assert kit.signed_in().path == "/security"


def test_strangers_who_know_the_password_are_told_of_once_a_day(kit: Kit, account: Account) -> None:
    kit.signed_in().submit("Sign out")
    for _ in range(8):
        use_up_code(kit, enter_password(kit))
        kit.clock.forward(minutes=61)

    assert len([each for each in notices_to(kit) if "wrong codes" in each.text]) == 1


def test_many_harmless_events_do_not_hide_the_others(kit: Kit, account: Account) -> None:
    tell_password_changed(kit, account)
    kit.deliver()
    with kit.core.database.writing(account.id) as work:
        for event in ["device_trusted"] * 4 + ["number_removed", "two_factor_off_planned"]:
            notices.tell(work, account.id, event, {"number": "+49 •••• •••••89"})
    kit.clock.forward(minutes=11)

    assert "ending in 89 was removed" in notices_to(kit)[-1].text
    assert "is going to be turned off" in notices_to(kit)[-1].text
    assert "And 3 more." in notices_to(kit)[-1].text


def test_nothing_joins_a_message_that_is_too_old_to_be_sent(kit: Kit, account: Account) -> None:
    tell_password_changed(kit, account)
    kit.clock.forward(days=1)
    tell_password_changed(kit, account)

    assert len(notices_to(kit)) == 1


def test_a_person_who_likes_calls_is_told_by_text(kit: Kit, account: Account) -> None:
    with kit.core.database.writing() as work:
        work.db.query(TrustedNumber).update({"method": "call"})
    kit.clock.now = kit.clock.now.replace(hour=23)
    tell_password_changed(kit, account)

    assert "/not-me/" in notices_to(kit)[0].text


def test_a_zone_that_this_machine_does_not_know_stops_no_change(kit: Kit) -> None:
    account = kit.account(numbers=(FIXED,))
    with kit.core.database.writing() as work:
        work.db.get_one(Account, account.id).time_zone = "Nowhere/Land"

    with kit.core.database.writing(account.id) as work:
        notices.tell(work, account.id, "password_changed")


def test_with_the_password_alone_no_browser_is_trusted(kit: Kit) -> None:
    kit.account()
    thief = kit.signed_in()

    thief.post("/security/devices/trust")

    assert thief.status == 404
    assert thief.cookie("trustweb-devices") is None


def test_trusting_a_browser_asks_for_a_fresh_proof(kit: Kit, account: Account) -> None:
    visitor = kit.signed_in().get("/security/devices")
    kit.clock.forward(minutes=11)

    visitor.submit("Trust this browser")

    assert visitor.path == "/verify"


def test_turning_two_factor_on_ends_all_trust_from_before(kit: Kit, account: Account) -> None:
    visitor = kit.signed_in().submit("Trust")
    with kit.core.database.writing() as work:
        work.db.get_one(Account, account.id).two_factor_since = None

    visitor.get("/security/two-factor").submit("Turn It On")

    with kit.core.database.reading() as work:
        assert enrolled.of(work, account.id).devices == []
