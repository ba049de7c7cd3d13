"""Notices of a change: to which numbers, when, and in which words."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from tests.support.http_client import Visitor
from tests.support.kit import FIXED, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.notices import notices_to, tell_password_changed
from tests.support.paths import DOCS
from tests.support.sign_in import enter_password, use_up_code
from tests.support.trusted_numbers import add_number, verify_number
from trustweb import journal, notices
from trustweb.authentication import sign_in
from trustweb.delivery import messages
from trustweb.models import Account, Delivery
from trustweb.transports import DeliveryError

NEW_PASSWORD = "a much better one, by far"
HOSTILE = "Call 0900 1 now"


@pytest.fixture
def account(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE,))


def test_a_new_number_is_told_to_the_others_and_not_to_itself(kit: Kit, account: Account) -> None:
    verify_number(add_number(kit.signed_in(), label=HOSTILE), kit.code(OTHER_MOBILE))

    message = notices_to(kit)[0]

    assert message.text.startswith("Your Trustweb account: A phone number ending in 89 was added. (")
    assert "Not you? Stop it: http://localhost:8000/not-me/" in message.text
    assert message.code is None
    assert HOSTILE not in message.text
    assert notices_to(kit, OTHER_MOBILE) == []


def test_a_removed_number_is_told_of_its_removal(kit: Kit) -> None:
    kit.account(numbers=(MOBILE, OTHER_MOBILE))

    kit.signed_in().submit("Edit").submit("Remove +49 •••• •••••89").submit("Remove")

    assert "The phone number ending in 89 was removed." in notices_to(kit, OTHER_MOBILE)[0].text
    assert "The phone number ending in 89 was removed." in notices_to(kit)[0].text


def test_a_new_password_is_told(kit: Kit, account: Account) -> None:
    visitor = kit.signed_in().submit("Change password")

    visitor.submit("Change password", current_password=PASSWORD, new_password=NEW_PASSWORD)

    assert "The password was changed." in notices_to(kit)[0].text


def test_the_operators_new_password_is_told(kit: Kit, account: Account) -> None:
    with kit.core.database.writing() as work:
        sign_in.set_password(work, account.id, account.password_hash)

    assert "The operator set a new password." in notices_to(kit)[0].text


def test_a_trusted_browser_is_told(kit: Kit, account: Account) -> None:
    kit.signed_in().submit("Trust")

    assert "A browser was trusted. (" in notices_to(kit)[0].text


def test_the_owner_is_told_that_somebody_knows_the_password(kit: Kit, account: Account) -> None:
    kit.signed_in().submit("Sign out")
    use_up_code(kit, enter_password(kit))

    assert "Somebody typed the right password, and then wrong codes." in notices_to(kit)[0].text


def test_what_happens_within_ten_minutes_is_one_message(kit: Kit, account: Account) -> None:
    tell_password_changed(kit, account)
    assert len(notices_to(kit)) == 1
    for _ in range(4):
        tell_password_changed(kit, account, after_minutes=2)

    assert len(notices_to(kit)) == 1
    kit.clock.forward(minutes=2)
    assert len(notices_to(kit)) == 2
    assert notices_to(kit)[1].text.count("The password was changed.") == 3
    assert re.search(r"\) And 1 more\. Not you\? Stop it: http://localhost:8000/not-me/\S+$", notices_to(kit)[1].text)


def test_a_number_gets_six_texts_a_day_and_then_the_rest_in_one(kit: Kit, account: Account) -> None:
    for _ in range(12):
        tell_password_changed(kit, account, after_minutes=20)
        kit.deliver()
    assert len(notices_to(kit)) == 6

    kit.clock.forward(days=1)
    assert len(notices_to(kit)) == 7
    assert "And 3 more." in notices_to(kit)[6].text


def test_what_comes_while_a_message_is_being_sent_is_told_in_the_next(kit: Kit, account: Account) -> None:
    kit.texts.failures.append(DeliveryError("busy"))
    tell_password_changed(kit, account)
    kit.deliver()
    tell_password_changed(kit, account)

    with kit.core.database.reading() as work:
        assert len(work.db.scalars(select(Delivery).where(Delivery.kind == "notice")).all()) == 2


def test_nobody_is_called_at_night(kit: Kit) -> None:
    account = kit.account(numbers=(FIXED,))
    kit.clock.now = kit.clock.now.replace(hour=21, minute=30)
    tell_password_changed(kit, account)

    kit.clock.forward(hours=10)
    assert notices_to(kit, FIXED) == []
    kit.clock.forward(minutes=31)
    assert "The password was changed." in notices_to(kit, FIXED)[0].text
    assert "http" not in notices_to(kit, FIXED)[0].text


def test_nor_when_it_is_tried_again_or_the_site_was_away(kit: Kit) -> None:
    account = kit.account(numbers=(FIXED,))
    kit.clock.now = kit.clock.now.replace(hour=20, minute=50)
    tell_password_changed(kit, account)

    kit.clock.forward(hours=6)
    assert notices_to(kit, FIXED) == []
    kit.clock.forward(hours=6)
    assert "The password was changed." in notices_to(kit, FIXED)[0].text


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Nowhere/Land"])
def test_an_unknown_zone_costs_no_notice(kit: Kit, account: Account, zone: str) -> None:
    with kit.core.database.writing() as work:
        work.db.get_one(Account, account.id).time_zone = zone
    tell_password_changed(kit, account)

    assert "The password was changed." in notices_to(kit, MOBILE)[0].text


@pytest.mark.parametrize(("hour", "late"), [(20, False), (21, True), (7, True), (8, False)])
def test_the_night_is_the_persons_own(kit: Kit, hour: int, late: bool) -> None:
    account = kit.account(numbers=(FIXED,))
    with kit.core.database.writing() as work:
        work.db.get_one(Account, account.id).time_zone = "Asia/Tokyo"
    kit.clock.now = kit.clock.now.replace(hour=(hour - 9) % 24, minute=0)
    tell_password_changed(kit, account)

    assert (notices_to(kit, FIXED) == []) is late


def test_a_carrier_that_is_away_for_an_hour_costs_no_notice(kit: Kit, account: Account) -> None:
    kit.texts.failures.extend([DeliveryError("busy")] * 4)
    tell_password_changed(kit, account)

    for _ in range(40):
        kit.deliver()
        kit.clock.forward(minutes=4)

    assert len(notices_to(kit)) == 1


def test_a_young_number_gets_no_link(kit: Kit, account: Account) -> None:
    verify_number(add_number(kit.signed_in()), kit.code(OTHER_MOBILE))
    tell_password_changed(kit, account, after_minutes=30)

    assert "/not-me/" not in notices_to(kit, OTHER_MOBILE)[0].text
    assert "Not you? Sign in at localhost and look at the activity." in notices_to(kit, OTHER_MOBILE)[0].text
    assert "/not-me/" in notices_to(kit)[-1].text


def test_it_is_told_in_the_accounts_language(kit: Kit, account: Account) -> None:
    with kit.core.database.writing() as work:
        work.db.get_one(Account, account.id).language = "de"
    tell_password_changed(kit, account)

    assert notices_to(kit)[0].text.startswith("Ihr Konto bei Trustweb: Das Passwort wurde geändert. (")


def test_a_change_that_is_undone_tells_nothing(kit: Kit, account: Account) -> None:
    def fail() -> None:
        with kit.core.database.writing(account.id) as work:
            notices.tell(work, account.id, "password_changed")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert notices_to(kit) == []


def test_two_accounts_with_one_number_are_told_apart(kit: Kit, account: Account) -> None:
    other = kit.account("bob@example.com", numbers=(MOBILE,))
    tell_password_changed(kit, account)
    tell_password_changed(kit, other)

    assert len(notices_to(kit)) == 2


def test_notices_are_forgotten_after_a_week(kit: Kit, account: Account) -> None:
    tell_password_changed(kit, account)
    notices_to(kit)
    kit.clock.forward(days=8)
    kit.core.sender.tidy()

    with kit.core.database.reading() as work:
        assert work.db.scalars(select(Delivery)).all() == []


def test_without_another_number_nothing_is_told(kit: Kit) -> None:
    kit.account()
    visitor: Visitor = kit.signed_in()
    visitor.submit("Continue").submit(
        "Continue", country="GB", phone_number="07400 123456", label="", verify_with="text"
    )
    verify_number(visitor, kit.code(MOBILE))

    assert notices_to(kit) == []


def told_events() -> set[str]:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", (DOCS / "the-journal.md").read_text("utf-8"), re.MULTILINE)
    return {event for row in rows for event in re.findall(r"`(\w+)`", row) if journal.is_told(event)}


def test_the_page_of_what_is_told_has_every_event() -> None:
    text = (DOCS / "what-is-told.md").read_text("utf-8")

    assert len(told_events()) > 40
    assert [event for event in told_events() if f"`{event}`" not in text] == []


@pytest.mark.parametrize("language", messages.languages())
def test_every_event_that_is_told_has_a_sentence_of_its_own(language: str) -> None:
    changes = messages._environment(language).get_template("_changes.txt").module
    said = {event: changes.one(event, "56").strip() for event in {*told_events(), "unknown_added"}}

    assert all(len(sentence) > 12 for sentence in said.values())
    assert [event for event, sentence in said.items() if sentence == said["unknown_added"]] == ["unknown_added"]
