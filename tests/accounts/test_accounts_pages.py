"""Making accounts: the set-up link, invitations, and passwords that are refused."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.support.accounts import accept_invitation, invitation_link
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, PASSWORD, Kit
from tests.support.sign_in import wrong_code
from trustweb import accounts, invitations
from trustweb.factors import countries
from trustweb.models import Account, Site

USED_UP = "It works once and for a limited time."


def set_up_link(kit: Kit) -> str:
    with kit.core.database.writing() as work:
        return f"/invitation/{invitations.make_set_up_link(work)}"


def people(kit: Kit) -> list[tuple[str, str]]:
    with kit.core.database.reading() as work:
        return [(each.name, each.role) for each in work.db.scalars(select(Account).order_by(Account.id))]


def test_the_set_up_link_makes_the_operator_and_goes_on_to_the_first_number(kit: Kit) -> None:
    visitor = kit.visitor()

    accept_invitation(visitor, set_up_link(kit))

    assert people(kit) == [(ALICE, accounts.OPERATOR)]
    assert visitor.path == "/security/two-factor"


def test_looking_at_a_link_does_not_spend_it(kit: Kit) -> None:
    link = set_up_link(kit)
    for _ in range(2):
        assert kit.visitor().get(link).status == 200

    accept_invitation(kit.visitor(), link)

    assert len(people(kit)) == 1


def test_a_link_works_once(kit: Kit) -> None:
    link = invitation_link(kit)
    late = kit.visitor().get(link)
    accept_invitation(kit.visitor(), link)

    late.submit("Continue", account=BOB, password=PASSWORD)

    assert late.status == 404
    assert USED_UP in late.text
    assert USED_UP in kit.visitor().get(link).text
    assert people(kit) == [(ALICE, accounts.PERSON)]


def test_the_set_up_link_is_made_once(kit: Kit) -> None:
    with kit.core.database.writing() as work:
        links = [invitations.make_set_up_link(work) for _ in range(2)]

    assert links[0] is not None
    assert links[1] is None


def test_the_set_up_link_makes_the_first_account_and_no_other(kit: Kit) -> None:
    link = set_up_link(kit)
    accept_invitation(kit.visitor(), invitation_link(kit), BOB)

    assert kit.visitor().get(link).status == 404


def test_an_invitation_is_good_for_a_week(kit: Kit) -> None:
    link = invitation_link(kit)
    kit.clock.forward(days=6, hours=23)
    assert kit.visitor().get(link).status == 200

    kit.clock.forward(hours=1)

    assert USED_UP in kit.visitor().get(link).text


def test_nobody_guesses_an_invitation(kit: Kit) -> None:
    visitor = kit.visitor().get("/invitation/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")

    assert visitor.status == 404
    assert USED_UP in visitor.text


def test_an_invitation_for_somebody_is_for_nobody_else(kit: Kit) -> None:
    link = invitation_link(kit, BOB)

    visitor = kit.visitor().get(link)
    assert visitor.value("Account") == BOB
    visitor.submit("Continue", account=ALICE, password=PASSWORD)

    assert people(kit) == [(BOB, accounts.PERSON)]


def test_a_name_is_taken_in_capitals_too(kit: Kit) -> None:
    kit.account()

    visitor = accept_invitation(kit.visitor(), invitation_link(kit), "ALICE@example.com")

    assert visitor.status == 422
    assert "There is an account with this name already." in visitor.text


@pytest.mark.parametrize("name", ["alice", "alice@", "a b@example.com", "alice@example.com\nbob@example.com"])
def test_a_name_is_an_e_mail_address(name: str, kit: Kit) -> None:
    visitor = accept_invitation(kit.visitor(), invitation_link(kit), name)

    assert visitor.status == 422
    assert "Your account’s name is your e-mail address" in visitor.text
    assert people(kit) == []


def test_an_invited_person_does_not_choose_the_sites_countries(kit: Kit) -> None:
    visitor = kit.visitor().get(invitation_link(kit))

    visitor.post(visitor.path, account=ALICE, password=PASSWORD, language="en", time_zone="UTC", country="DE")

    with kit.core.database.reading() as work:
        assert work.db.scalar(select(Site.countries)) == ""


def test_the_operator_says_at_set_up_where_numbers_are_from(kit: Kit) -> None:
    visitor = kit.visitor().get(set_up_link(kit))

    visitor.submit("Continue", account=ALICE, password=PASSWORD, country="DE")
    visitor.get("/security/numbers/add")
    visitor.post("/security/numbers/add", region="GB", number="07400 123456", method="text")

    assert "Numbers from this country cannot be added here." in visitor.text


def focused(visitor: Visitor) -> list[str]:
    return [node.get("name") for node in visitor.page.all("input") if "autofocus" in node.attributes]


def test_the_focus_is_where_there_is_something_to_do(kit: Kit) -> None:
    visitor = kit.visitor().get(invitation_link(kit))
    assert focused(visitor) == ["account"]

    assert focused(visitor.submit("Continue", account=ALICE, password="password1")) == ["password"]
    assert focused(visitor.submit("Continue", account="nobody", password=PASSWORD)) == ["account"]
    assert focused(visitor.get(invitation_link(kit, BOB))) == ["password"]


def test_every_time_zone_is_a_place(kit: Kit) -> None:
    zones = [node.text for node in kit.visitor().get(invitation_link(kit)).page.all("option")]

    assert "Europe/London" in zones
    assert not {"Factory", "localtime"} & set(zones)


@pytest.mark.parametrize("said", ["all", "All", "GB"])
def test_the_setting_for_countries_replaces_what_was_chosen_at_set_up(said: str, make_kit) -> None:
    kit = make_kit(TRUSTWEB_COUNTRIES=said)
    with kit.core.database.writing() as work:
        countries.allow(work, "DE")

    visitor = accept_invitation(kit.visitor(), set_up_link(kit)).get("/security/numbers/add")
    visitor.post("/security/numbers/add", region="GB", number="07400 123456", method="text")

    assert "on its way to +44" in visitor.text


def test_where_the_setting_says_it_nobody_is_asked(make_kit) -> None:
    kit = make_kit(TRUSTWEB_COUNTRIES="all")

    visitor = kit.visitor().get(set_up_link(kit))

    assert 'name="country"' not in visitor.body
    assert visitor.submit("Continue", account=ALICE, password=PASSWORD).path == "/security/two-factor"


def test_the_browser_that_made_an_account_is_known_to_it(kit: Kit) -> None:
    visitor = accept_invitation(kit.visitor(), invitation_link(kit)).get("/security/numbers/add")
    visitor.submit("Continue", country="GB", phone_number="07400 123456", verify_with="text")
    visitor.submit("verify", verification_code=kit.code()).submit("Sign out")
    for _ in range(3):
        stranger = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    assert "How do you want to get your code?" in stranger.text
    kit.clock.forward(minutes=20)

    visitor.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    assert "Enter the code sent to" in visitor.text


def test_mistakes_with_the_first_number_are_no_strangers(kit: Kit) -> None:
    kit.account()
    visitor = kit.signed_in().get("/security/numbers/add")
    visitor.submit("Continue", country="GB", phone_number="07400 123456", verify_with="text")
    for _ in range(5):
        visitor.submit("verify", verification_code=wrong_code(kit.code()))
    visitor.get("/security/numbers")

    assert "Somebody knows your password" not in visitor.text


def test_the_time_zone_of_the_account_is_the_pages(kit: Kit) -> None:
    visitor = kit.visitor().get(invitation_link(kit))

    visitor.submit("Continue", account=BOB, password=PASSWORD, time_zone="Asia/Tokyo")

    with kit.core.database.reading() as work:
        assert work.db.scalar(select(Account.time_zone).where(Account.name == BOB)) == "Asia/Tokyo"
