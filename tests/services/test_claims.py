"""Claims about a person, which a service is told by the scopes that it has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.kit import ALICE, BOB, Kit
from tests.support.openid import App, alice, give_app, userinfo
from trustweb import accounts
from trustweb.models import MAIL_ADDRESS, Account, AccountGroup, Factor, MailAddress


@pytest.fixture
def person(kit: Kit) -> tuple[Account, str]:
    """A person, and an app's token for everything."""
    app: App = give_app(kit)
    account, session = alice(kit)
    return account, app.tokens(session)["access_token"]


def prove(kit: Kit, account: Account, address: str) -> None:
    with kit.core.database.writing() as work:
        factor = kit.factor(work, account, MAIL_ADDRESS)
        work.db.add(MailAddress(factor_id=factor.id, address=address))


def told(kit: Kit, person: tuple[Account, str]) -> dict[str, Any]:
    return dict(userinfo(kit, person[1]).json)


@pytest.mark.parametrize(("address", "verified"), [(ALICE, True), (BOB, False)])
def test_an_address_is_verified_when_that_very_one_was_proved(
    kit: Kit, person: tuple[Account, str], address: str, verified: bool
) -> None:
    prove(kit, person[0], address)

    assert told(kit, person)["email_verified"] is verified


def test_an_address_that_was_taken_back_is_not_verified(kit: Kit, person: tuple[Account, str]) -> None:
    prove(kit, person[0], ALICE)
    with kit.core.database.writing() as work:
        work.db.query(Factor).update({"removed_at": work.now})

    assert told(kit, person)["email_verified"] is False


def test_a_name_is_the_one_that_the_person_chose(kit: Kit, person: tuple[Account, str]) -> None:
    before = told(kit, person)
    kit.clock.forward(minutes=5)
    with kit.core.database.writing(person[0].id) as work:
        accounts.describe(work, person[0].id, display_name="Alice L.", language="de", time_zone="Europe/Berlin")
    after = told(kit, person)

    assert (after["name"], after["preferred_username"]) == ("Alice L.", ALICE)
    assert (after["locale"], after["zoneinfo"]) == ("de", "Europe/Berlin")
    assert after["updated_at"] - before["updated_at"] == 300


def test_groups_are_told_as_they_are_now(kit: Kit, person: tuple[Account, str]) -> None:
    with kit.core.database.writing() as work:
        work.db.add_all(AccountGroup(account_id=person[0].id, name=name) for name in ("staff", "family"))

    assert told(kit, person)["groups"] == ["family", "staff"]
