"""A forgotten password and the recovery key, which strangers can neither guess nor use up."""

from __future__ import annotations

import pytest

from tests.support.hashing_queue import queue_of
from tests.support.http_client import Visitor
from tests.support.journal_kit import entries
from tests.support.kit import ALICE, BOB, EVE, MOBILE, Kit
from tests.support.mail_kit import mails
from tests.support.paper import KEY as INSTEAD_OF_A_CODE
from tests.support.paper import give_key
from tests.support.password_reset import NEW_PASSWORD, NEW_PASSWORD_COUNTS, USE_RECOVERY_KEY, forgot_password
from tests.support.sign_in import enter_password, use_up_network
from tests.support.statements import statements_of
from trustweb.models import Account

WRONG, NOT_IT = "0" * 28, "That is not your recovery key, or it is used up."


@pytest.fixture
def alice(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE,))


@pytest.fixture
def key(kit: Kit, alice: Account) -> str:
    return give_key(kit, alice)


def use(kit: Kit, typed: str, name: str = ALICE, visitor: Visitor | None = None, new: str = NEW_PASSWORD) -> Visitor:
    visitor = forgot_password(kit, name, visitor).submit(USE_RECOVERY_KEY)
    return visitor.submit("Set the password", recovery_key=typed, new_password=new)


def test_the_key_sets_a_new_password_and_signs_nobody_in(kit: Kit, key: str, alice: Account) -> None:
    visitor = use(kit, key)

    assert visitor.path == "/sign-in"
    assert NEW_PASSWORD_COUNTS in visitor.text
    assert visitor.get("/security").path == "/sign-in"
    code_page = enter_password(kit, password=NEW_PASSWORD)
    assert code_page.path == "/sign-in/code"
    assert INSTEAD_OF_A_CODE not in code_page.buttons
    assert [each.event for each in entries(kit, alice)][-2:] == ["recovery_key_used", "password_reset"]


def test_it_is_told(kit: Kit, key: str) -> None:
    use(kit, key)

    (told,) = [each.text for each in mails(kit, MOBILE) if each.kind == "notice"]
    assert "A new password was set in place of the forgotten one." in told
    assert "recovery key" in told


def test_such_a_password_is_a_proof_of_its_own(kit: Kit, key: str, alice: Account) -> None:
    use(kit, key)

    with kit.core.database.reading() as work:
        assert work.db.get_one(Account, alice.id).password_by_mail is False


def test_it_works_once(kit: Kit, key: str) -> None:
    use(kit, key)

    assert NOT_IT in use(kit, key, new="another battery horse").text
    assert enter_password(kit, password=NEW_PASSWORD).path == "/sign-in/code"


def test_small_letters_no_dashes_and_look_alikes_are_read(kit: Kit, key: str) -> None:
    assert NEW_PASSWORD_COUNTS in use(kit, key.lower().replace("0", "o").replace("1", "l")).text


def test_a_bad_password_uses_up_nothing(kit: Kit, key: str) -> None:
    visitor = use(kit, key, new="short")
    assert visitor.status == 422

    assert visitor.submit("Set the password", new_password=NEW_PASSWORD, recovery_key=key).path == "/sign-in"


@pytest.mark.parametrize("name", [ALICE, BOB, EVE])
def test_wrong_keys_are_answered_alike_and_counted(kit: Kit, key: str, name: str) -> None:
    give_key(kit, kit.account(BOB, numbers=(MOBILE,)))
    with kit.core.database.writing() as work:
        work.db.query(Account).filter_by(name=BOB).update({"disabled_at": work.now})

    answers = [use(kit, WRONG, name) for _ in range(6)]

    assert [each.status for each in answers] == [422] * 5 + [429]
    assert NOT_IT in answers[0].text
    assert "There were too many wrong keys." in answers[5].text


@pytest.mark.parametrize("name", [BOB, EVE])
def test_wrong_keys_are_the_same_work(kit: Kit, key: str, name: str) -> None:
    kit.account(BOB, numbers=(MOBILE,))
    pages = [forgot_password(kit, each).submit(USE_RECOVERY_KEY) for each in (ALICE, name)]

    known, other = (
        statements_of(
            kit, lambda page=page: page.submit("Set the password", recovery_key=WRONG, new_password=NEW_PASSWORD)
        )
        for page in pages
    )

    assert known == other


def test_the_key_of_a_disabled_account_is_no_key(kit: Kit, key: str) -> None:
    with kit.core.database.writing() as work:
        work.db.query(Account).update({"disabled_at": work.now})

    assert NOT_IT in use(kit, key).text


def test_another_one_s_key_is_no_key(kit: Kit, key: str) -> None:
    kit.account(BOB, numbers=(MOBILE,))

    assert NOT_IT in use(kit, key, BOB).text


def test_a_form_from_elsewhere_begins_nothing(kit: Kit, key: str) -> None:
    visitor = kit.visitor().get("/forgotten-password")
    visitor._from_here = lambda _method: {"Sec-Fetch-Site": "cross-site"}  # type: ignore[method-assign]
    visitor.submit("Continue", account=ALICE)

    assert visitor.get("/forgotten-password/ways").path == "/forgotten-password"


def test_what_cannot_be_a_key_costs_no_try(kit: Kit, key: str) -> None:
    for _ in range(7):
        assert "A recovery key is 28 letters and digits" in use(kit, "0000").text

    assert NEW_PASSWORD_COUNTS in use(kit, key).text


def test_a_stranger_s_tries_are_not_the_owner_s(kit: Kit, key: str) -> None:
    owner = kit.signed_in().submit("Sign out")
    for _ in range(6):
        stranger = use(kit, WRONG)
    assert stranger.status == 429

    elsewhere = kit.visitor()
    elsewhere._wire.client.environ_base["REMOTE_ADDR"] = "192.0.2.77"  # type: ignore[union-attr]
    assert NOT_IT in use(kit, WRONG, visitor=elsewhere).text
    assert NEW_PASSWORD_COUNTS in use(kit, key, visitor=owner).text


def test_wrong_keys_count_for_the_network_whoever_is_named(kit: Kit, key: str) -> None:
    for at in range(20):
        use(kit, WRONG, f"person{at}@example.com")

    assert use(kit, WRONG, "another@example.com").status == 429


def test_neighbours_keep_nobody_from_a_right_key_in_a_known_browser(kit: Kit, key: str) -> None:
    owner = kit.signed_in().submit("Sign out")
    use_up_network(kit)
    assert use(kit, key).status == 429

    assert NEW_PASSWORD_COUNTS in use(kit, key, visitor=owner).text


def test_a_device_is_known_by_its_own_cookie_too(kit: Kit, key: str) -> None:
    owner = kit.signed_in().submit("Trust").submit("Sign out")
    owner._wire.client.delete_cookie("trustweb-browser", domain="localhost")
    use_up_network(kit)

    assert NEW_PASSWORD_COUNTS in use(kit, key, visitor=owner).text


def test_a_right_key_is_no_try_while_there_is_no_place_to_hash(make_kit) -> None:
    kit = make_kit(TRUSTWEB_HASH_QUEUE="2")
    right = give_key(kit, kit.account(numbers=(MOBILE,)))
    owner = forgot_password(kit, visitor=kit.signed_in().submit("Sign out")).submit(USE_RECOVERY_KEY)
    with queue_of(kit.core.hasher, 2, known=True):
        statuses = [
            owner.submit("Set the password", recovery_key=right, new_password=NEW_PASSWORD).status for _ in range(6)
        ]
    assert statuses == [503] * 6

    assert NEW_PASSWORD_COUNTS in use(kit, right, visitor=owner).text
