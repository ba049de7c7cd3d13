"""The operator’s recovery link: it works once, shows no secret, and is told to every number and address."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select

from tests.support import apps, authenticator
from tests.support.accounts import account_command
from tests.support.crowd import at_once
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, FIXED, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import trusted_browser
from trustweb.models import Account, Factor, KnownBrowser, Passkey, SignInSession, TrustedNumber
from trustweb.recovery import operator_link
from trustweb.work import NOWHERE, Refused

NEW = "staple battery horse"
SPENT = "This link is used up"


@pytest.fixture
def owner(kit: Kit) -> Visitor:
    """A person with one factor of each kind, in a browser that they trust."""
    apps.give(kit, kit.account(numbers=(MOBILE, OTHER_MOBILE)))
    device = trusted_browser(kit)
    authenticator.add(device)
    return device


def link(kit: Kit) -> str:
    with kit.core.database.writing() as work:
        (account_id,) = work.db.scalars(select(Account.id)).all()
    with kit.core.database.writing(account_id) as work:
        return f"/recovery/{operator_link.make(work, account_id)}"


def begin(kit: Kit, path: str, password: str = NEW) -> Visitor:
    return kit.visitor().get(path).submit("Continue", new_password=password)


def test_the_command_prints_a_link_and_nothing_else(kit_now: Kit) -> None:
    kit_now.account(numbers=(MOBILE,))

    result = account_command(kit_now, "recover", ALICE)

    assert result.output.startswith("http://localhost:8000/recovery/")
    assert begin(kit_now, result.output.strip()).path == "/security/two-factor"
    assert account_command(kit_now, "recover", "bob@example.com").exit_code == 1


def test_whoever_has_it_begins_anew(kit: Kit, owner: Visitor) -> None:
    visitor = begin(kit, link(kit))
    assert visitor.path == "/security/two-factor"

    visitor.get("/security/numbers/add").submit("Continue", country="GB", phone_number="07400 123457")
    visitor.submit("/security/numbers/code", verification_code=kit.code("+447400123457"))

    assert "+44 •••• ••••57" in visitor.get("/security").text
    assert "••••56" not in visitor.text
    new = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=NEW)
    assert new.submit("Continue", verification_code=kit.code("+447400123457")).path == "/security"


def test_nothing_of_before_is_good_any_more(kit: Kit, owner: Visitor) -> None:
    half = enter_password(kit)
    begin(kit, link(kit))

    with kit.core.database.reading() as work:
        for table in (Factor, Passkey, TrustedNumber):
            assert work.db.scalar(select(func.count()).where(table.removed_at.is_(None))) == 0, table
        assert work.db.scalar(select(func.count()).select_from(KnownBrowser)) == 1
        assert work.db.scalar(select(func.count()).where(SignInSession.ended_at.is_(None))) == 1
    assert owner.get("/security").path == half.get("/sign-in/code").path == "/sign-in"
    assert owner.get("/prompts").path == "/sign-in"
    assert enter_password(kit).path == "/sign-in"


def test_every_channel_is_told_twice(kit: Kit, owner: Visitor) -> None:
    path = link(kit)
    assert "The operator made a link" in kit.messages(MOBILE)[-1].text

    begin(kit, path)
    kit.clock.forward(minutes=11)

    for number in (MOBILE, OTHER_MOBILE):
        assert "The account was recovered" in kit.messages(number)[-1].text


def test_looking_changes_nothing_and_it_works_once(kit: Kit, owner: Visitor) -> None:
    path = link(kit)
    before = kit.database_text()
    assert ALICE in kit.visitor().get(path).text
    assert kit.database_text() == before

    open_twice = kit.visitor().get(path)
    begin(kit, path)

    assert SPENT in open_twice.submit("Continue", new_password=NEW).text
    assert kit.visitor().get(path).status == 404


@pytest.mark.parametrize("how", ["late", "replaced", "disabled", "invented"])
def test_a_link_that_is_not_good_says_so(kit: Kit, owner: Visitor, how: str) -> None:
    path = link(kit)
    if how == "late":
        kit.clock.forward(hours=24)
    elif how == "replaced":
        link(kit)
    elif how == "disabled":
        with kit.core.database.writing() as work:
            work.db.query(Account).update({"disabled_at": work.now})

    answer = kit.visitor().get(path if how != "invented" else "/recovery/x")

    assert answer.status == 404
    assert SPENT in answer.text


def test_a_refused_password_loses_nothing(kit: Kit, owner: Visitor) -> None:
    path = link(kit)
    visitor = begin(kit, path, "password")
    assert visitor.status == 422
    assert owner.get("/security").path == "/security"

    assert visitor.submit("Continue", new_password=NEW).path == "/security/two-factor"


def test_a_planned_deletion_does_not_happen(kit: Kit, owner: Visitor) -> None:
    owner.get("/account/delete").submit("Delete My Account")
    begin(kit, link(kit))
    kit.clock.forward(days=4)

    kit.core.sender.tidy()

    assert kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=NEW).path.startswith("/security")


def test_another_tab_of_somebody_else_is_signed_out_in_that_browser(kit: Kit, owner: Visitor) -> None:
    kit.account("eve@example.com", numbers=(FIXED,))
    with kit.core.database.writing() as work:
        path = f"/recovery/{operator_link.make(work, 1)}"
    eve = kit.signed_in("eve@example.com", number=FIXED)

    eve.get(path).submit("Continue", new_password=NEW)

    assert ALICE in eve.get("/security").text


@pytest.mark.slow
def test_of_many_at_once_one_begins_anew(racing: Kit) -> None:
    racing.account(numbers=(MOBILE,))
    token, here = link(racing).rpartition("/")[2], racing.core

    def run() -> str:
        try:
            operator_link.use(here.database, here.hasher, token, NEW, "b" * 43, NOWHERE)
        except Refused as refused:
            return type(refused).__name__
        return "in"

    assert Counter(at_once([run] * 12)) == {"in": 1, "LinkSpent": 11}


def test_the_old_password_is_dead(kit: Kit, owner: Visitor) -> None:
    begin(kit, link(kit))

    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    assert visitor.path == "/sign-in"
