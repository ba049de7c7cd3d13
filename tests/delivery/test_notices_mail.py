"""Notices by mail: to a proved address of every change, to an unproved one of none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.kit import ALICE, MOBILE, Kit
from tests.support.mail_kit import mails, proved
from tests.support.notices import not_me_link, say_not_me, tell_password_changed
from trustweb.models import Account

STOP = "This wasn’t me: stop it"


@pytest.fixture
def account(kit: Kit) -> Account:
    account = kit.account(numbers=(MOBILE,))
    proved(kit, account)
    kit.deliver()
    kit.clock.forward(minutes=20)
    return account


def test_a_change_is_told_to_the_proved_address(kit: Kit, account: Account) -> None:
    tell_password_changed(kit, account)

    message = mails(kit, ALICE)[-1]
    assert (message.kind, message.subject) == ("notice", "Your Trustweb account was changed")
    assert "- The password was changed. (Mar 12, 9:20" in message.text
    assert message.code is None


def test_what_happens_within_ten_minutes_is_one_mail(kit: Kit, account: Account) -> None:
    tell_password_changed(kit, account)
    assert len(mails(kit, ALICE)) == 1
    for _ in range(3):
        tell_password_changed(kit, account, after_minutes=2)

    assert len(mails(kit, ALICE)) == 1
    kit.clock.forward(minutes=5)
    assert mails(kit, ALICE)[-1].text.count("- The password was changed.") == 3


def test_mails_come_at_night(kit: Kit, account: Account) -> None:
    kit.clock.now = kit.clock.now.replace(hour=23)
    tell_password_changed(kit, account)

    assert len(mails(kit, ALICE)) == 1


def test_its_link_stops_and_tells_the_others(kit: Kit, account: Account) -> None:
    tell_password_changed(kit, account)
    kit.messages(MOBILE)
    kit.clock.forward(minutes=20)

    assert "Stopped" in kit.visitor().get(not_me_link(kit, ALICE)).submit(STOP).text
    assert "Somebody said that a change was not theirs" in kit.messages(MOBILE)[-1].text
    assert len(mails(kit, ALICE)) == 1


def test_the_address_is_told_when_a_number_stops(kit: Kit, account: Account) -> None:
    say_not_me(kit, account)
    kit.clock.forward(minutes=20)

    assert "Somebody said that a change was not theirs" in mails(kit, ALICE)[-1].text


def test_an_address_that_was_proved_today_gets_no_link(kit: Kit) -> None:
    account = kit.account(numbers=(MOBILE,))
    proved(kit, account, age=timedelta(hours=23))
    tell_password_changed(kit, account, after_minutes=10)

    assert "http" not in mails(kit, ALICE)[-1].text
    assert "sign in at localhost, look at the recent activity" in mails(kit, ALICE)[-1].text


def test_a_mail_tells_nothing_that_somebody_gave(kit: Kit, account: Account) -> None:
    visitor = kit.signed_in().get("/security/devices").submit("Trust this browser")
    visitor.get("/security/devices")

    assert "A browser was trusted." in mails(kit, ALICE)[-1].text
    assert "+44" not in mails(kit, ALICE)[-1].text


def test_who_proved_nothing_is_told_nothing(kit: Kit) -> None:
    account = kit.account(numbers=(MOBILE,))
    tell_password_changed(kit, account)

    assert mails(kit, ALICE) == []
