"""Events at services, in the account’s journal and in what its owner is told."""

from __future__ import annotations

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, Kit
from trustweb import journal, notices
from trustweb.codes import changes
from trustweb.models import Account

TOLD = "Somebody used a sign-in at a service a second time, as with a stolen copy. It was ended."
WRITTEN = {
    "service_first_used": "Signed in to a service for the first time",
    "service_consented": "A service was allowed to read from the account",
    "service_signed_out": "Signed out of a service",
    "service_consent_withdrawn": "A service may not read from the account any more",
    "service_replayed": "Somebody used a service’s code or token a second time, so what came of it has ended",
}
NAME = "<script>Photos</script>"


@pytest.fixture
def account(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE,))


@pytest.fixture
def alice(kit: Kit, account: Account) -> Visitor:
    return kit.signed_in()


@pytest.mark.parametrize("event", WRITTEN)
def test_the_activity_names_the_service(kit: Kit, account: Account, alice: Visitor, event: str) -> None:
    with kit.core.database.writing(account.id) as work:
        journal.write(work, account.id, event, service=NAME)

    alice.get("/security/activity")

    assert f"{WRITTEN[event]} {NAME} · March 12, 2026" in alice.text
    assert NAME not in alice.body


def test_a_replayed_token_is_told_without_a_name(kit: Kit, account: Account) -> None:
    with kit.core.database.writing(account.id) as work:
        notices.tell(work, account.id, "service_replayed", {"service": "Photos"})

    (message,) = kit.messages(MOBILE)

    assert TOLD in message.text
    assert "Photos" not in message.text


def test_nothing_else_at_a_service_is_told() -> None:
    assert [event for event in WRITTEN if journal.is_told(event)] == ["service_replayed"]


def test_only_consents_count_as_changes_that_may_be_too_many() -> None:
    assert [event for event in WRITTEN if changes.is_counted(event)] == ["service_consented"]


def test_sign_ins_at_services_are_among_the_sign_ins_and_consents_among_the_changes(
    kit: Kit, account: Account, alice: Visitor
) -> None:
    with kit.core.database.writing(account.id) as work:
        for event in WRITTEN:
            journal.write(work, account.id, event, service="Photos")

    sign_ins = alice.get("/security/activity?show=sign-ins").text
    changes_made = alice.get("/security/activity?show=changes").text

    assert [event for event, words in WRITTEN.items() if words in changes_made] == [
        "service_consented", "service_consent_withdrawn"
    ]  # fmt: skip
    assert len([words for words in WRITTEN.values() if words in sign_ins]) == 3
