"""What the journal says of trusted devices, and how somebody signed in."""

from __future__ import annotations

import pytest

from trustweb import accounts
from trustweb.models import Account

from .http_client import Visitor
from .journal_kit import entries
from .kit import ALICE, MOBILE, PASSWORD, Kit
from .test_trusted_devices_pages import shown, trusted, typing


@pytest.fixture
def owner(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return trusted(kit)


def account(kit: Kit) -> Account:
    with kit.core.database.reading() as work:
        found = accounts.find(work, ALICE)
    assert found is not None
    return found


def sign_in_by_text(kit: Kit, owner: Visitor) -> Visitor:
    return kit.signed_in()


def sign_in_by_device(kit: Kit, owner: Visitor) -> Visitor:
    other = typing(kit)
    owner.get("/prompts").submit("Allow")
    return other.submit("Continue", verification_code=shown(owner))


def sign_in_by_trust(kit: Kit, owner: Visitor) -> Visitor:
    owner.get("/security").submit("Sign out").get("/sign-in")
    return owner.submit("Sign In", account=ALICE, password=PASSWORD)


WAYS = [
    (sign_in_by_text, {"number": "+44 •••• ••••56", "method": "text"}, "Signed in +44 •••• ••••56 · text message ·"),
    (sign_in_by_device, {"method": "device"}, "Signed in code shown on a trusted device ·"),
    (sign_in_by_trust, {"method": "trust", "label": "Chrome, Linux"}, "Signed in Chrome, Linux · trusted browser ·"),
]


@pytest.mark.parametrize(("way", "details", "words"), WAYS)
def test_the_journal_says_how_somebody_signed_in(kit: Kit, owner: Visitor, way, details, words: str) -> None:
    person = way(kit, owner)

    newest = entries(kit, account(kit))[-1]
    assert (newest.event, newest.details) == ("signed_in", details)
    assert words in person.get("/security/activity").text


def test_a_password_alone_is_said_to_be_alone(kit: Kit) -> None:
    kit.account()

    assert "Signed in password only ·" in kit.signed_in().get("/security/activity").text
