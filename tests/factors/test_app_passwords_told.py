"""App-specific passwords in notices and in the journal, and when they end by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from tests.support.journal_kit import run
from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.programs import ask, give, make_on_page
from trustweb import deletion, notices
from trustweb.authentication import sign_in, two_factor
from trustweb.factors import app_passwords
from trustweb.models import Account, AppPassword


def test_it_is_told_and_written_down_without_names_in_the_message(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    alice = kit.signed_in()
    make_on_page(alice, "Tablet")
    alice.get("/security/app-passwords").submit("Revoke Tablet").submit("Revoke")

    text = kit.messages(MOBILE)[-1].text
    alice.get("/security/activity")

    assert re.findall(r"An app-specific password was (\w+)\.", text) == ["made", "revoked"]
    assert "Tablet" not in text
    assert "App-specific password revoked Tablet · mail ·" in alice.text


def test_the_secret_is_nowhere_else(kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
    kit.account(ALICE, numbers=(MOBILE,))
    alice = kit.signed_in()

    with caplog.at_level("DEBUG"):
        secret = make_on_page(alice).replace("-", "")[12:]

    assert secret not in kit.database_text().replace("-", "")
    assert secret not in str([vars(each) for each in caplog.records]).replace("-", "")
    assert secret not in "".join(each.text for each in kit.messages(MOBILE)) + alice.url


def owners(kit: Kit) -> tuple[Account, str]:
    """Somebody with an app-specific password, beside somebody else who keeps theirs."""
    account = kit.account(numbers=(MOBILE,))
    give(kit, kit.account(BOB, numbers=(OTHER_MOBILE,)), handle="b" * 8)
    return account, give(kit, account)


def open_ones(kit: Kit) -> int:
    with kit.core.database.reading() as work:
        return work.db.query(AppPassword).filter_by(revoked_at=None).count()


def told(kit: Kit) -> str:
    return "".join(each.text for each in kit.messages(MOBILE))


@pytest.mark.parametrize("by", ["owner", "operator"])
def test_a_new_password_ends_them(kit: Kit, by: str) -> None:
    account, secret = owners(kit)
    if by == "owner":
        change = kit.signed_in().get("/security/password")
        change.submit("Change password", current_password=PASSWORD, new_password="staple battery horse")
    else:
        with kit.core.database.writing(account.id) as work:
            sign_in.set_password(work, account.id, account.password_hash)

    assert ask(kit, secret).status_code == 401
    assert open_ones(kit) == 1
    assert "App-specific passwords were revoked." in told(kit)


def test_turning_two_factor_off_ends_them(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_TWO_FACTOR="optional")
    account, secret = owners(kit)
    with kit.core.database.writing() as work:
        work.db.get_one(Account, account.id).two_factor_off_at = work.now
    two_factor.turn_off_due(kit.core.database)
    with kit.core.database.writing() as work:
        work.db.get_one(Account, account.id).two_factor_since = work.now  # and on again

    assert ask(kit, secret).status_code == 401
    assert open_ones(kit) == 1


def test_a_closed_account_has_none_when_it_opens_again(kit: Kit) -> None:
    _, secret = owners(kit)
    for words in (["disable", ALICE], ["disable", ALICE, "--undo"]):
        assert run(kit, "account", *words).exit_code == 0

    assert ask(kit, secret).status_code == 401
    assert open_ones(kit) == 1


def test_a_deleted_account_takes_them_along(kit: Kit) -> None:
    account, secret = owners(kit)
    with kit.core.database.writing() as work:
        work.db.get_one(Account, account.id).deletes_at = work.now
    deletion.delete_due(kit.core.database)

    assert ask(kit, secret).status_code == 401
    assert open_ones(kit) == 1


@pytest.mark.parametrize(("age", "status"), [(timedelta(hours=23), 401), (timedelta(hours=25), 200)])
def test_this_wasnt_me_ends_what_was_made_lately(kit: Kit, age: timedelta, status: int) -> None:
    account, secret = owners(kit)
    kit.clock.forward(seconds=age.total_seconds())
    with kit.core.database.writing(account.id) as work:
        notices.tell(work, account.id, "password_changed")
    link = urlsplit(kit.messages(MOBILE)[-1].text.split()[-1]).path

    kit.visitor().get(link).submit("This wasn’t me: stop it")

    assert ask(kit, secret).status_code == status


def test_revoked_ones_are_forgotten_when_they_have_rested(kit: Kit) -> None:
    account, _ = owners(kit)
    with kit.core.database.writing() as work:
        app_passwords.revoke_all(work, account.id)
    kept = []
    for hours in (71, 2):
        kit.clock.forward(hours=hours)
        with kit.core.database.writing() as work:
            app_passwords.forget_revoked(work)
            kept.append(work.db.query(AppPassword).count())

    assert kept == [2, 1]
