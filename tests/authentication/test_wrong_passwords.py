"""Wrong passwords: counted by network for strangers and by account for known browsers, and reported to the owner."""

from __future__ import annotations

import pytest

from tests.support.authenticator import Authenticator, add, answer
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, MOBILE, PASSWORD, Kit
from tests.support.mail_kit import mails, proved
from tests.support.sign_in import WRONG_PASSWORD, enter_password, guess_passwords, visitor_from
from tests.support.statements import executed
from trustweb.authentication import guesses
from trustweb.models import GuessedName, JournalEntry, Limit

pytestmark = pytest.mark.slow


def change_password(visitor: Visitor, current: str) -> Visitor:
    visitor.get("/security/password")
    return visitor.submit("Change password", current_password=current, new_password="staple battery horse")


@pytest.fixture
def office(make_kit) -> tuple[Kit, Visitor]:
    """Alice's own browser, behind an address from which somebody has used up all tries."""
    kit = make_kit(TRUSTWEB_WRONG_PASSWORDS="3/300")
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in()
    for _ in range(3):
        enter_password(kit, account=BOB, password=WRONG_PASSWORD)
    assert enter_password(kit, account=BOB).status == 429
    return kit, owner


def test_a_neighbour_does_not_keep_an_owner_out_of_a_known_browser(office) -> None:
    kit, owner = office

    enter_password(kit, visitor=owner.submit("Sign out"))

    assert owner.path == "/sign-in/code"


def test_a_neighbour_does_not_keep_an_owner_from_a_new_password(office) -> None:
    _, owner = office

    change_password(owner, PASSWORD)

    assert owner.path == "/security"


def test_a_trusted_device_is_known_by_its_cookie_alone(office) -> None:
    kit, owner = office
    owner.submit("Trust").submit("Sign out")
    owner._wire.client.delete_cookie("trustweb-browser", domain="localhost")

    enter_password(kit, visitor=owner)

    assert owner.path == "/security"


def test_a_neighbour_does_not_keep_a_right_passkey_out(office) -> None:
    kit, owner = office
    key = Authenticator()
    add(owner.submit("Trust"), key)
    stranger = kit.visitor().get("/sign-in")

    stranger.submit("/sign-in/passkey", answer=answer(stranger, key))

    assert stranger.path == "/security"


def test_a_known_browser_has_only_so_many_wrong_passwords_too(make_kit) -> None:
    kit = make_kit(TRUSTWEB_WRONG_PASSWORDS="2/300")
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in()
    change_password(owner, WRONG_PASSWORD)
    enter_password(kit, visitor=owner.submit("Sign out"), password=WRONG_PASSWORD)

    enter_password(kit, visitor=owner)

    assert owner.status == 429
    assert "There were too many wrong passwords. Please try again in 5 minutes." in owner.text


def test_right_passwords_are_not_counted(make_kit) -> None:
    kit = make_kit(TRUSTWEB_WRONG_PASSWORDS="1/300")
    kit.account(numbers=(MOBILE,))
    for _ in range(3):
        kit.clock.forward(minutes=20)
        kit.signed_in()

    with kit.core.database.reading() as work:
        assert sum(hits for (hits,) in work.db.query(Limit.hits).filter(Limit.name.like("%passwords%"))) == 0


@pytest.mark.parametrize(
    ("tried", "near", "far"),
    [("192.0.2.{}", "192.0.2.200", "198.51.100.1"), ("2001:db8:7:{}::1", "2001:db8:7:ffff::1", "2001:db8:8::1")],
)
def test_a_neighbourhood_has_five_times_as_many(make_kit, tried: str, near: str, far: str) -> None:
    kit = make_kit(TRUSTWEB_WRONG_PASSWORDS="1/300")
    for at in range(5):
        enter_password(
            kit, visitor=visitor_from(kit, tried.format(at)), account=f"{at}@example.com", password=WRONG_PASSWORD
        )

    assert enter_password(kit, visitor=visitor_from(kit, near), password=WRONG_PASSWORD).status == 429
    assert enter_password(kit, visitor=visitor_from(kit, far), password=WRONG_PASSWORD).status == 422


def test_the_owner_is_told_once_a_day_by_mail(kit: Kit) -> None:
    proved(kit, kit.account(numbers=(MOBILE,)))
    kit.deliver()
    guess_passwords(kit, 45)
    guesses.tell_due(kit.core.database)
    guess_passwords(kit, 5)
    guesses.tell_due(kit.core.database)
    kit.clock.forward(minutes=11)

    (told,) = [each for each in mails(kit, ALICE) if "wrong passwords" in each.text]
    assert "Somebody typed many wrong passwords for your account." in told.text
    assert not [each for each in kit.messages(MOBILE) if "wrong passwords" in each.text]
    with kit.core.database.reading() as work:
        assert work.db.query(JournalEntry).filter_by(event="passwords_guessed").count() == 1


def test_a_day_later_the_owner_is_told_again(kit: Kit) -> None:
    proved(kit, kit.account(numbers=(MOBILE,)))
    for _ in range(2):
        guess_passwords(kit, 21)
        guesses.tell_due(kit.core.database)
        kit.deliver()
        kit.clock.forward(days=1, minutes=1)

    assert len([each for each in mails(kit, ALICE) if "wrong passwords" in each.text]) == 2


def test_a_few_wrong_passwords_are_told_to_nobody(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    guess_passwords(kit, 20)

    guesses.tell_due(kit.core.database)

    assert kit.messages(MOBILE) == []


def test_each_wrong_password_is_logged_without_name_and_address(kit: Kit, logged: list[str]) -> None:
    kit.account(numbers=(MOBILE,))

    guess_passwords(kit, 20)

    lines = [each for each in logged if each.startswith("wrong password ")]
    assert len(lines) == 20
    assert "'wrong': 20" in lines[-1]
    assert "WARNING" in lines[-1]
    assert not [line for line in lines if ALICE in line or "192.0.2" in line]


def test_a_name_that_nobody_has_is_the_same_work(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    work = {}
    for name in (ALICE, "nobody@example.com"):
        guess_passwords(kit, 25, account=name)
        with executed(kit.core.database) as asked:
            enter_password(kit, visitor=visitor_from(kit, "203.0.113.9"), account=name, password=WRONG_PASSWORD)
        work[name] = [each.sql for each in asked if "UPDATE site" not in each.sql]

    assert work[ALICE] == work["nobody@example.com"]


@pytest.mark.parametrize("name", [ALICE, "nobody@example.com"])
def test_every_name_leaves_the_same_row_behind(kit: Kit, name: str) -> None:
    kit.account(numbers=(MOBILE,))
    guess_passwords(kit, 21, account=name)

    with kit.core.database.reading() as work:
        marked = work.db.query(GuessedName).one()
    assert (marked.name_key, marked.guessed_at, marked.untold) == (name, kit.clock.now, True)

    kit.clock.forward(days=1)
    kit.core.sender.tidy()

    with kit.core.database.reading() as work:
        assert work.db.query(GuessedName).count() == 0


def test_right_and_wrong_are_the_same_work_while_the_answer_waits(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    guess_passwords(kit, 25)
    work = []
    for password in (PASSWORD, WRONG_PASSWORD):
        with executed(kit.core.database) as asked:
            enter_password(kit, visitor=visitor_from(kit, "203.0.113.9"), password=password)
        work.append([each.sql for each in asked if "UPDATE site" not in each.sql])

    assert work[0] == work[1]


def test_what_is_no_address_is_a_name_of_its_own(kit: Kit) -> None:
    guess_passwords(kit, 9, account="somebody")

    assert enter_password(kit, account="alice", password=WRONG_PASSWORD).path == "/sign-in"
    assert enter_password(kit, account="somebody", password=WRONG_PASSWORD).path == "/sign-in/wait"


def test_a_thief_in_a_known_browser_does_not_keep_the_owner_out(make_kit) -> None:
    kit = make_kit(TRUSTWEB_WRONG_PASSWORDS="3/300")
    kit.account(numbers=(MOBILE,))
    owner, thief = kit.signed_in(), kit.signed_in()
    thief.submit("Sign out")
    for _ in range(4):
        enter_password(kit, visitor=thief, password=WRONG_PASSWORD)
    assert thief.status == 429

    change_password(owner, PASSWORD)

    assert owner.path == "/security"


def test_a_trusted_device_has_no_more_tries_when_it_says_that_it_is_another_browser(make_kit) -> None:
    kit = make_kit(TRUSTWEB_WRONG_PASSWORDS="3/300")
    kit.account(numbers=(MOBILE,))
    thief, statuses = kit.signed_in().submit("Trust").submit("Sign out"), []

    for _ in range(4):
        thief._wire.client.delete_cookie("trustweb-browser", domain="localhost")
        statuses.append(enter_password(kit, visitor=thief, password=WRONG_PASSWORD).status)

    assert statuses == [422, 422, 422, 429]
