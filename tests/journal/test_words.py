"""The words of the journal's page for events and for ways to sign in."""

from __future__ import annotations

import pytest

from tests.support.journal_kit import HERE
from tests.support.kit import MOBILE, Kit
from trustweb import journal
from trustweb.codes.challenges import SIGN_IN
from trustweb.factors import on_paper
from trustweb.models import Account


def fill(kit: Kit, account: Account, event: str, **details: str) -> None:
    with kit.core.database.writing(account.id, HERE) as work:
        journal.write(work, account.id, event, **details)


@pytest.mark.parametrize("event", ["items", "get", "unknown_added"])
def test_an_event_that_no_page_has_words_for_is_shown_as_it_is(kit: Kit, event: str) -> None:
    fill(kit, kit.account(numbers=(MOBILE,)), event)

    assert f" {event} " in kit.signed_in().get("/security/activity").text


METHODS = {
    "text": "text message",
    "call": "phone call",
    "app": "code of an authenticator app",
    "device": "code shown on a trusted device",
    "trust": "trusted browser",
    "passkey": "passkey",
    "passkey_alone": "passkey, without the password",
    "password": "password only",
} | {way.method: way.method.replace("_", " ") for way in on_paper.ways_for(SIGN_IN)}


def test_however_somebody_signed_in_it_is_said_in_words(kit: Kit) -> None:
    account = kit.account(numbers=(MOBILE,))
    for method in METHODS:
        fill(kit, account, "signed_in", method=method)

    said = kit.signed_in().get("/security/activity").text
    assert {words for words in METHODS.values() if f"Signed in {words} · " not in said} == set()
    assert {"recovery_key", "backup_code"} < METHODS.keys()
