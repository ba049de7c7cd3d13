"""Asking for a new password tells nothing: pages, work and limits are alike for every name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, EVE, MOBILE, Kit
from tests.support.mail_kit import mails, proved
from tests.support.password_reset import SEND_LINK, USE_RECOVERY_KEY, forgot_password
from tests.support.statements import statements_of
from trustweb.models import Account, Delivery

NOBODY = "nobody@example.com"
KINDS = ("unknown", "unproved", "disabled", "moved")


def somebody(kit: Kit, kind: str) -> str:
    """Make an account to whose mailbox no link goes, for the reason of this kind."""
    if kind == "unknown":
        return NOBODY
    account = kit.account(BOB, numbers=(MOBILE,))
    if kind != "unproved":
        proved(kit, account, age=timedelta(hours=1) if kind == "moved" else timedelta(days=2))
    if kind == "disabled":
        with kit.core.database.writing() as work:
            work.db.query(Account).filter_by(name=BOB).update({"disabled_at": work.now})
    kit.deliver()
    kit.mails.messages.clear()
    kit.clock.forward(minutes=11)
    return BOB


def alike(one: Visitor, other: Visitor, name: str) -> bool:
    return one.text == other.text.replace(name, ALICE) and one.hops == other.hops


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_pages_and_the_same_work(kit: Kit, kind: str) -> None:
    proved(kit, kit.account(numbers=(MOBILE,)))
    name = somebody(kit, kind)
    known, other = forgot_password(kit), forgot_password(kit, name)
    assert alike(known, other, name)

    work = [statements_of(kit, lambda visitor=visitor: visitor.submit(SEND_LINK)) for visitor in (known, other)]

    assert alike(known, other, name)
    assert work[0] == work[1]
    assert mails(kit, name) == []
    with kit.core.database.reading() as reading:
        assert reading.db.query(Delivery.state).filter_by(destination=name, kind="link").scalar() == "dropped"
    assert "/reset/" in mails(kit, ALICE)[-1].text


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_limits(kit: Kit, kind: str) -> None:
    proved(kit, kit.account(numbers=(MOBILE,)))
    name = somebody(kit, kind)
    for at in range(4):
        known, other = forgot_password(kit).submit(SEND_LINK), forgot_password(kit, name).submit(SEND_LINK)
        assert known.status == other.status == (200 if at < 3 else 429)
        kit.clock.forward(minutes=1)

    assert alike(known, other, name)
    assert "Several mails were sent just now." in other.text


@pytest.mark.parametrize("kind", KINDS)
def test_a_double_click_is_one_for_everybody(kit: Kit, kind: str) -> None:
    proved(kit, kit.account(numbers=(MOBILE,)))
    for name in (ALICE, somebody(kit, kind)):
        for _ in range(5):
            assert forgot_password(kit, name).submit(SEND_LINK).path == "/forgotten-password/mailbox"

    assert sum("/reset/" in each.text for each in mails(kit, ALICE)) == 1


def spellings(name: str) -> list[str]:
    return [name, name.upper(), name.capitalize(), name.replace("@", "＠"), f"{name}.", name.replace("m", "m\u200b")]


@pytest.mark.parametrize("kind", KINDS)
def test_other_spellings_are_a_double_click_too(kit: Kit, kind: str) -> None:
    proved(kit, kit.account(numbers=(MOBILE,)))
    for known, other in zip(spellings(ALICE), spellings(somebody(kit, kind)), strict=True):
        visitors = [forgot_password(kit, name) for name in (known, other)]
        work = [statements_of(kit, lambda visitor=visitor: visitor.submit(SEND_LINK)) for visitor in visitors]

        assert work[0] == work[1]
        assert [each.path for each in visitors] == ["/forgotten-password/mailbox"] * 2


def test_nothing_is_sent_before_a_way_is_chosen(kit: Kit) -> None:
    proved(kit, kit.account(numbers=(MOBILE,)))
    before = len(mails(kit, ALICE)) + len(mails(kit, MOBILE))
    visitor = forgot_password(kit)

    assert visitor.buttons == [SEND_LINK, USE_RECOVERY_KEY]
    assert visitor.get("/forgotten-password/mailbox").status == 200
    assert len(mails(kit, ALICE)) + len(mails(kit, MOBILE)) == before


def test_a_stranger_uses_up_none_of_the_owner_s_mails(kit: Kit) -> None:
    proved(kit, kit.account(numbers=(MOBILE,)))
    owner = kit.signed_in().submit("Sign out")
    for _ in range(4):
        stranger = forgot_password(kit).submit(SEND_LINK)
        kit.clock.forward(minutes=1)
    assert stranger.status == 429

    assert forgot_password(kit, visitor=owner).submit(SEND_LINK).status == 200
    assert sum("/reset/" in each.text for each in mails(kit, ALICE)) == 4


def test_the_mail_goes_to_the_address_as_the_account_has_it(kit: Kit) -> None:
    proved(kit, kit.account("Anna@bücher.example", numbers=(MOBILE,)))
    forgot_password(kit, "ANNA@XN--BCHER-KVA.example").submit(SEND_LINK)

    assert "/reset/" in mails(kit, "Anna@bücher.example")[-1].text
    assert mails(kit, "ANNA@bücher.example") == []


def test_a_new_account_has_not_to_wait_for_its_first_day(kit: Kit) -> None:
    proved(kit, kit.account(numbers=(MOBILE,), age=timedelta(hours=1)), age=timedelta(hours=1))
    forgot_password(kit).submit(SEND_LINK)

    assert "/reset/" in mails(kit, ALICE)[-1].text


def test_what_is_no_address_is_refused(kit: Kit) -> None:
    assert "Your account’s name is your e-mail address" in forgot_password(kit, "alice").text


@pytest.mark.parametrize("page", ["ways", "mailbox"])
def test_without_an_address_one_is_asked_for(kit: Kit, page: str) -> None:
    assert kit.visitor().get(f"/forgotten-password/{page}").path == "/forgotten-password"


def test_without_mail_only_the_recovery_key_is_offered(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(kit.core.routes), "mail", False)
    visitor = forgot_password(kit, EVE)

    assert visitor.buttons == [USE_RECOVERY_KEY]
    assert visitor.post("/forgotten-password/mailbox").status == 404


def test_a_neighbour_keeps_nobody_from_a_link_in_a_known_browser(make_kit) -> None:
    kit = make_kit(TRUSTWEB_ADDRESS_LINKS="1/3600")
    proved(kit, kit.account(numbers=(MOBILE,)))
    owner = kit.signed_in().submit("Sign out")
    forgot_password(kit, NOBODY).submit(SEND_LINK)
    assert forgot_password(kit).submit(SEND_LINK).status == 429

    assert forgot_password(kit, visitor=owner).submit(SEND_LINK).status == 200

    assert "/reset/" in mails(kit, ALICE)[-1].text
