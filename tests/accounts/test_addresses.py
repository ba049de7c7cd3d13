"""Proof of an account’s address: a click on a link in the mailbox, and nothing less."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.http_client import Visitor
from tests.support.journal_kit import entries
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.mail_kit import CONFIRM, CONFIRMED, SPENT, link, mails
from trustweb.codes import links
from trustweb.factors import enrolled
from trustweb.models import Account
from trustweb.transports import DeliveryError

SEND = "Send me a link"


@pytest.fixture
def account(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE,))


def is_proved(kit: Kit, account: Account) -> bool:
    with kit.core.database.reading() as work:
        return enrolled.of(work, account.id).address is not None


def asked(kit: Kit) -> Visitor:
    return kit.signed_in().get("/account").submit(SEND)


def test_a_link_in_the_mailbox_proves_the_address(kit: Kit, account: Account) -> None:
    visitor = asked(kit)
    stranger = kit.visitor().get(link(kit, ALICE)).submit(CONFIRM)

    assert CONFIRMED in stranger.text
    assert f"{ALICE} was confirmed on March 12, 2026." in visitor.get("/account").text
    assert entries(kit, account)[-1].event == "address_proved"


def test_a_scanner_that_opens_every_link_proves_nothing(kit: Kit, account: Account) -> None:
    asked(kit)
    for _ in range(3):
        assert CONFIRM in kit.visitor().get(link(kit, ALICE)).buttons

    assert not is_proved(kit, account)


def test_before_it_is_proved_nothing_is_told_there(kit: Kit, account: Account) -> None:
    assert f"{ALICE} is not confirmed." in kit.signed_in().get("/account").text
    kit.signed_in().get("/security/devices").submit("Trust this browser")

    assert mails(kit, ALICE) == []


def test_it_works_once(kit: Kit, account: Account) -> None:
    asked(kit)
    first, second = kit.visitor().get(link(kit, ALICE)), kit.visitor().get(link(kit, ALICE))
    first.submit(CONFIRM)

    assert SPENT in second.submit(CONFIRM).text
    assert kit.visitor().get(link(kit, ALICE)).status == 404
    assert [each.event for each in entries(kit, account)].count("address_proved") == 1


def test_going_back_after_it_confirms_nothing_twice(kit: Kit, account: Account) -> None:
    asked(kit)
    visitor = kit.visitor().get(link(kit, ALICE))
    before = visitor.tab()
    visitor.submit(CONFIRM).get(visitor.path)

    assert SPENT in before.submit(CONFIRM).text
    assert CONFIRMED in visitor.text


def test_after_a_day_it_is_too_old(kit: Kit, account: Account) -> None:
    asked(kit)
    path = link(kit, ALICE)
    kit.clock.forward(days=1)

    assert SPENT in kit.visitor().get(path).text


def test_a_double_click_sends_one_mail(kit: Kit, account: Account) -> None:
    visitor = kit.signed_in().get("/account")
    twin = visitor.tab()
    visitor.submit(SEND)
    twin.submit(SEND)

    assert "Look in the mailbox: a link is on its way." in twin.text
    assert len(mails(kit, ALICE)) == 1


def test_three_links_an_hour(kit: Kit, account: Account) -> None:
    visitor = kit.signed_in()
    for _ in range(4):
        visitor.get("/account").submit(SEND)
        kit.clock.forward(minutes=2)

    assert visitor.status == 429
    assert "Several mails were sent just now." in visitor.text
    assert len(mails(kit, ALICE)) == 3
    assert visitor.get(visitor.path).path == "/account"


@pytest.mark.parametrize("word", ["1", "1-", "1-" + "0" * 32, "x-1", "٣-1", "-", "9" * 30 + "-1", "1-%ff"])
def test_nobody_guesses_it(kit: Kit, account: Account, word: str) -> None:
    asked(kit)

    answer = kit.visitor().get(f"/address/{word}")

    assert answer.status == 404
    assert SPENT in answer.text


def test_what_it_says_is_not_stored(kit: Kit, account: Account) -> None:
    asked(kit)
    word = link(kit, ALICE).rpartition("/")[2]

    assert word not in kit.database_text()
    assert word.partition("-")[2] not in kit.database_text()


def test_a_row_that_was_changed_opens_nothing(kit: Kit, account: Account) -> None:
    asked(kit)
    path = link(kit, ALICE)
    with kit.core.database.writing() as work:
        work.connection.exec_driver_sql("UPDATE mail_link SET address = 'eve@example.com'")

    assert SPENT in kit.visitor().get(path).text


def test_a_new_password_ends_the_links(kit: Kit, account: Account) -> None:
    visitor = asked(kit)
    path = link(kit, ALICE)
    visitor.get("/security/password").submit(
        "Change password", current_password=PASSWORD, new_password="staple battery horse"
    )

    assert SPENT in kit.visitor().get(path).text


def test_a_mail_server_that_is_busy_is_tried_again(kit: Kit, account: Account) -> None:
    kit.mails.failures.extend([DeliveryError("smtp-450")] * 2)
    asked(kit)
    for _ in range(3):
        kit.deliver()
        kit.clock.forward(minutes=1)

    assert len(mails(kit, ALICE)) == 1


def test_a_mail_that_nobody_may_use_any_more_is_not_sent(kit: Kit, account: Account) -> None:
    kit.signed_in().get("/account").submit(SEND)
    with kit.core.database.writing(account.id) as work:
        links.end_all(work, account.id)

    assert mails(kit, ALICE) == []


def test_the_link_is_the_sites_own_whatever_host_is_asked(kit: Kit, account: Account) -> None:
    visitor = kit.signed_in().get("/account")
    client = visitor._wire.client  # type: ignore[union-attr]
    token = {"csrf_token": visitor.page.all("input")[0].get("value")}
    answer = client.post("/account/address/confirm", data=token, base_url="http://evil.example:8000")

    assert answer.status_code == 421
    assert mails(kit, ALICE) == []


def test_links_are_forgotten_once_they_are_too_old(kit: Kit, account: Account) -> None:
    asked(kit)
    kit.deliver()
    kit.clock.forward(days=1, minutes=1)
    kit.core.sender.tidy()

    assert "INSERT INTO mail_link" not in kit.database_text().replace('"', "")


def test_without_a_transport_for_mails_there_is_nothing_of_it(
    make_kit: Callable[..., Kit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = make_kit()
    monkeypatch.setattr(type(kit.core.routes), "mail", False)
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in().get("/account")

    assert "E-mail Address" not in visitor.text
    assert visitor.get("/account/address").status == 404


def test_a_disabled_account_confirms_nothing(kit: Kit, account: Account) -> None:
    asked(kit)
    path = link(kit, ALICE)
    with kit.core.database.writing() as work:
        work.db.get_one(Account, account.id).disabled_at = work.now

    assert SPENT in kit.visitor().get(path).submit(CONFIRM).text
    assert not is_proved(kit, account)


def test_the_mail_is_in_the_accounts_language(kit: Kit, account: Account) -> None:
    with kit.core.database.writing() as work:
        work.db.get_one(Account, account.id).language = "de"
    with kit.core.database.writing() as work:
        links.send(work, links.PROVE, ALICE, account_id=account.id, language="de")

    assert mails(kit, ALICE)[0].subject == "Bestätigen Sie Ihre E-Mail-Adresse für Trustweb"
    assert mails(kit, ALICE)[0].kind == "link"
