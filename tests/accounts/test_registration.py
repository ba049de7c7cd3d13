"""Registration: the same answer for every address, and a link to the mailbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, PASSWORD, Kit
from tests.support.mail_kit import link, mails
from trustweb import accounts, create_app
from trustweb.config import ConfigError
from trustweb.factors import enrolled

LOOK = "Look in your mailbox"


@pytest.fixture
def kit(make_kit: Callable[..., Kit]) -> Kit:
    return make_kit(TRUSTWEB_REGISTRATION="open")


def ask(kit: Kit, name: str = ALICE, visitor: Visitor | None = None) -> Visitor:
    visitor = visitor or kit.visitor()
    return visitor.get("/sign-in").follow("Create an account").submit("Continue", e_mail_address=name)


def test_the_link_in_the_mailbox_makes_the_account(kit: Kit) -> None:
    assert LOOK in ask(kit).text
    visitor = kit.visitor().get(link(kit, ALICE))
    assert visitor.value("Account") == ALICE

    visitor.submit("Continue", password=PASSWORD)
    assert visitor.path == "/security/two-factor"
    assert f"{ALICE} was confirmed on" in visitor.get("/account").text


def test_an_account_that_is_there_gets_another_mail_and_the_same_page(kit: Kit) -> None:
    kit.account(BOB)

    unknown, known = ask(kit), ask(kit, BOB)

    assert known.text == unknown.text
    assert known.hops == unknown.hops
    assert "You have one already, so no other was made." in mails(kit, BOB)[-1].text
    assert "http" not in mails(kit, BOB)[-1].text


def test_spellings_of_both_are_counted_alike(kit: Kit) -> None:
    kit.account(BOB)

    answers = [
        [ask(kit, each).status for each in (n, n.upper(), n, n.title(), n[0] + n[1:].upper())] for n in (ALICE, BOB)
    ]

    assert answers == [[200, 200, 200, 200, 429]] * 2


def test_the_same_is_written_for_both(kit: Kit) -> None:
    kit.account(BOB)
    counts = []
    for name in (ALICE, BOB):
        before = kit.database_text().count("INSERT INTO")
        ask(kit, name)
        counts.append(kit.database_text().count("INSERT INTO") - before)

    assert counts[0] == counts[1] + 2  # the windows of the network address, which are there by then


def test_the_invitation_of_somebody_who_has_an_account_opens_nothing(kit: Kit) -> None:
    kit.account(BOB)
    ask(kit, BOB)

    with kit.core.database.reading() as work:
        assert len(accounts.listed(work)) == 1
    assert all("invitation" not in each.text for each in mails(kit, BOB))


def test_looking_at_the_link_makes_nothing(kit: Kit) -> None:
    ask(kit)
    for _ in range(3):
        kit.visitor().get(link(kit, ALICE))

    with kit.core.database.reading() as work:
        assert accounts.find(work, ALICE) is None


def test_the_link_works_once(kit: Kit) -> None:
    ask(kit)
    first, second = kit.visitor().get(link(kit, ALICE)), kit.visitor().get(link(kit, ALICE))
    first.submit("Continue", password=PASSWORD)

    assert second.submit("Continue", password=PASSWORD).status == 404
    assert kit.visitor().get(link(kit, ALICE)).status == 404


def test_the_link_makes_no_other_account_than_its_own(kit: Kit) -> None:
    ask(kit)
    visitor = kit.visitor().get(link(kit, ALICE))
    visitor.post(visitor.path, account=BOB, password=PASSWORD, language="en", time_zone="UTC")

    with kit.core.database.reading() as work:
        found = accounts.find(work, ALICE)
        assert found
        assert accounts.find(work, BOB) is None
        assert enrolled.of(work, found.id).address


def test_the_link_is_good_for_nothing_else(kit: Kit) -> None:
    ask(kit)

    assert kit.visitor().get(link(kit, ALICE).replace("/invitation/", "/address/")).status == 404


def test_a_double_click_is_one_mail(kit: Kit) -> None:
    ask(kit)

    assert LOOK in ask(kit).text
    assert len(mails(kit, ALICE)) == 1


def test_three_mails_an_hour_to_one_mailbox(kit: Kit) -> None:
    for _ in range(4):
        answer = ask(kit)
        kit.clock.forward(minutes=1)

    assert answer.status == 429
    assert "Several mails were sent just now." in answer.text
    assert len(mails(kit, ALICE)) == 3


def test_twenty_mails_an_hour_from_one_address(kit: Kit) -> None:
    statuses = [ask(kit, f"person{at}@example.com").status for at in range(21)]

    assert statuses == [200] * 20 + [429]


def test_what_is_no_address_is_refused(kit: Kit) -> None:
    assert "is your e-mail address" in ask(kit, "alice").text


def test_the_mail_speaks_the_visitors_language(kit: Kit) -> None:
    visitor = kit.visitor()
    visitor.headers["Accept-Language"] = "de"
    visitor.get("/create-account").submit("Weiter", e_mail_adresse=ALICE)

    assert mails(kit, ALICE)[0].subject == "Ihr Konto bei Trustweb"


def test_links_that_nobody_used_are_forgotten(kit: Kit) -> None:
    ask(kit)
    kit.clock.forward(days=1, minutes=1)
    kit.core.sender.tidy()

    assert ALICE not in kit.database_text()


def test_by_invitation_only_there_is_no_such_page(make_kit: Callable[..., Kit]) -> None:
    closed = make_kit()

    assert "Create an account" not in closed.visitor().get("/sign-in").text
    assert closed.visitor().get("/create-account").status == 404
    assert closed.visitor().get("/create-account/mailbox").status == 404


def test_open_without_mails_does_not_start(kit: Kit) -> None:
    settings = {"TRUSTWEB_INSTANCE": str(kit.core.config.instance), "TRUSTWEB_DEMO": "0", "VONAGE_API_KEY": "k",
                "VONAGE_API_SECRET": "s", "VONAGE_FROM": "Example"}  # fmt: skip

    with pytest.raises(ConfigError, match="sends links by e-mail: set SMTP_HOST"):
        create_app(settings | {"TRUSTWEB_REGISTRATION": "open"})
