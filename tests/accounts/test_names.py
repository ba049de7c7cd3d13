"""One account for all spellings of an address, at every form that takes one."""

from __future__ import annotations

import pytest

from tests.support.accounts import accept_invitation, account_command, invitation_link
from tests.support.kit import MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.mail_kit import ask_change, link, mails, proved
from tests.support.paper import give_key
from tests.support.password_reset import NEW_PASSWORD_COUNTS, SEND_LINK, USE_RECOVERY_KEY, forgot_password
from tests.support.paths import TEMPLATES
from tests.support.programs import ask, give
from tests.support.statements import executed
from trustweb import accounts
from trustweb.models import Account

pytestmark = pytest.mark.slow

ANNA = "anna@bücher.example"
SPELLINGS = [
    ANNA, "ANNA@XN--BCHER-KVA.example", "ａｎｎａ＠bücher。example", " anna@bu\u0308cher.example\u200b ",
    "an\u200bna@bücher.example.", "Anna <anna@bücher.example>, ",
]  # fmt: skip
NOBODY = ["anna", "@", "anna@bad..example", "anna@evil⒈example", "\u200b", "anna@xn--a.example", "é" * 250]
spelled = pytest.mark.parametrize("typed", SPELLINGS)


@pytest.fixture
def anna(kit: Kit) -> Account:
    return kit.account(ANNA, numbers=(MOBILE,))


@spelled
def test_every_spelling_signs_in(kit: Kit, anna: Account, typed: str) -> None:
    assert kit.signed_in(typed).path == "/security"


@spelled
def test_every_spelling_goes_with_the_recovery_key(kit: Kit, anna: Account, typed: str) -> None:
    key = give_key(kit, anna)
    visitor = forgot_password(kit, typed).submit(USE_RECOVERY_KEY)

    assert (
        NEW_PASSWORD_COUNTS
        in visitor.submit("Set the password", recovery_key=key, new_password="staple battery horse").text
    )


@spelled
def test_every_spelling_brings_the_link_to_the_accounts_mailbox(kit: Kit, anna: Account, typed: str) -> None:
    proved(kit, anna)
    forgot_password(kit, typed).submit(SEND_LINK)

    assert "/reset/" in mails(kit, ANNA)[-1].text


@pytest.mark.parametrize("name", ["a´b@example.com", "a…b@example.com", "a：b@example.com"])
def test_a_name_that_signs_in_can_be_forgotten(kit: Kit, name: str) -> None:
    proved(kit, kit.account(name, numbers=(MOBILE,)))
    assert kit.signed_in(name).path == "/security"

    assert forgot_password(kit, name).submit(SEND_LINK).path == "/forgotten-password/mailbox"
    assert "/reset/" in mails(kit, name)[-1].text


@spelled
def test_every_spelling_is_a_programs_user(kit: Kit, anna: Account, typed: str) -> None:
    assert ask(kit, give(kit, anna), typed).status_code == 200


@spelled
def test_every_spelling_is_found_by_the_command_line(kit_now: Kit, typed: str) -> None:
    kit_now.account(ANNA, numbers=(MOBILE,))

    assert account_command(kit_now, "disable", typed).exit_code == 0
    assert "disabled" in account_command(kit_now, "list").output


@spelled
def test_nobody_makes_a_second_account_by_another_spelling(kit: Kit, anna: Account, typed: str) -> None:
    assert (
        "There is an account with this name already."
        in accept_invitation(kit.visitor(), invitation_link(kit), typed).text
    )


@spelled
def test_an_account_has_its_name_as_people_read_it(kit: Kit, typed: str) -> None:
    accept_invitation(kit.visitor(), invitation_link(kit, typed), "ignored@example.com")

    assert (
        kit.visitor().get("/sign-in").submit("Sign In", account=ANNA, password=PASSWORD).path == "/security/two-factor"
    )
    with kit.core.database.reading() as work:
        assert work.db.query(Account).one().name.lower() == ANNA


@spelled
def test_an_address_is_not_changed_to_another_spelling_of_it(kit: Kit, anna: Account, typed: str) -> None:
    assert "You sign in with this address already." in ask_change(kit.signed_in(ANNA), typed).text


@spelled
def test_somebody_elses_address_is_not_taken_by_another_spelling(kit: Kit, anna: Account, typed: str) -> None:
    kit.account(numbers=(OTHER_MOBILE,))
    ask_change(kit.signed_in(number=OTHER_MOBILE), typed)

    assert all("http" not in each.text for each in kit.mails.messages)


@spelled
def test_mails_to_one_mailbox_are_counted_together(kit: Kit, anna: Account, typed: str) -> None:
    proved(kit, anna)
    for _ in range(3):
        forgot_password(kit, ANNA).submit(SEND_LINK)
        kit.clock.forward(minutes=1)

    assert forgot_password(kit, typed).submit(SEND_LINK).status == 429


def test_two_domains_are_two_accounts(kit: Kit) -> None:
    for name in ("anna@strasse.example", "anna@straße.example"):
        accept_invitation(kit.visitor(), invitation_link(kit), name)

    with kit.core.database.reading() as work:
        names = [each.name for each in accounts.listed(work)]
    assert names == ["anna@strasse.example", "anna@straße.example"]


def test_the_link_of_a_new_account_goes_to_no_other_domain(make_kit) -> None:
    kit = make_kit(TRUSTWEB_REGISTRATION="open")
    visitor = kit.visitor().get("/create-account").submit("Continue", e_mail_address="anna@xn--strae-oqa.example")
    assert "Look in your mailbox" in visitor.text

    assert kit.visitor().get(link(kit, "anna@straße.example")).value("Account") == "anna@straße.example"


@pytest.mark.parametrize("typed", NOBODY)
def test_what_is_no_address_is_an_unknown_name(kit: Kit, anna: Account, typed: str) -> None:
    unknown = kit.visitor().get("/sign-in").submit("Sign In", account="nobody@example.com", password=PASSWORD)
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=typed, password=PASSWORD)

    assert (visitor.status, visitor.text) == (unknown.status, unknown.text)
    assert ask(kit, give(kit, anna), typed).status_code == 401


def test_it_takes_the_same_steps_as_an_unknown_name(kit: Kit, anna: Account) -> None:
    steps = []
    for name in ("nobody@example.com", "nobody.else@example.com", *NOBODY):
        visitor = kit.visitor().get("/sign-in")
        with executed(kit.core.database) as asked:
            visitor.submit("Sign In", account=name, password=PASSWORD)
        steps.append([each.sql for each in asked if "UPDATE site" not in each.sql])

    assert [each for each in steps[1:] if each != steps[1]] == []  # before, the window of wrong passwords was not there


def test_an_account_to_which_its_name_does_not_lead_is_given_another(kit_now: Kit) -> None:
    kit_now.account(ANNA)
    younger, wide = kit_now.account("bob@example.com"), "ａｎｎａ@bücher.example"
    with kit_now.core.database.writing() as work:
        work.db.query(Account).filter_by(id=younger.id).update({"name": wide, "name_key": "NOBODY 2"})
    assert "its name leads to another account: `account rename 2 NEW`" in account_command(kit_now, "list").output

    assert account_command(kit_now, "rename", "2", "bob@example.org").exit_code == 0

    assert kit_now.signed_in("bob@example.org").path == "/security/two-factor"
    assert "leads to" not in account_command(kit_now, "list").output


def test_no_page_has_a_field_that_rewrites_an_address() -> None:
    """Chromium's e-mail fields send strasse.example for straße.example."""
    templates = TEMPLATES.rglob("*.html")

    assert [path.name for path in templates if 'type="email"' in path.read_text("utf-8")] == []
