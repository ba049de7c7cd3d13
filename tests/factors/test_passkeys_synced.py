"""A passkey that is synced to several devices counts in each of them: that is no copy by a thief."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.support import old_database
from tests.support.authenticator import COPIED, PASSKEY_COPIED, PASSKEY_REFUSED, Authenticator, add, use
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.sign_in import enter_password
from trustweb import config, keys, schema
from trustweb.models import Factor, Passkey

SYNCED = "0016"
"""The migration that brought them."""


def added(kit: Kit, **how: Any) -> Authenticator:
    """A passkey that was used on a device where it has counted to eight."""
    kit.account(numbers=(MOBILE,))
    key = add(kit.signed_in(), Authenticator(**how))
    key.count = 7
    assert use(enter_password(kit), key).path == "/security"
    return key


def alone(kit: Kit, key: Authenticator) -> Visitor:
    return use(kit.visitor().get("/sign-in"), key)


def at_home(kit: Kit) -> Visitor:
    """A browser that the account knows, at the code."""
    visitor = kit.signed_in().submit("Sign out")
    return visitor.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)


def stored(kit: Kit) -> Any:
    with kit.core.database.reading() as work:
        return work.execute(select(Passkey.backup_eligible, Passkey.backed_up, Passkey.sign_count)).one()


def forget_eligibility(kit: Kit, *, off: bool = False) -> None:
    """Set passkeys to the state after the migration; ``off``: after a counter that fell."""
    with kit.core.database.writing() as work:
        work.db.execute(update(Passkey).values(backup_eligible=None))
        if off:
            work.db.execute(update(Factor).where(Factor.kind == "passkey").values(disabled_at=work.now))


@pytest.mark.parametrize("how", [{"copied": True}, {"eligible": True}], ids=str)
@pytest.mark.parametrize("count", [-1, 6, 7])
def test_the_count_of_one_that_may_be_copied_may_fall(kit: Kit, how: dict[str, bool], count: int) -> None:
    key = added(kit, **how)

    key.count = count
    assert alone(kit, key).path == "/security"
    key.count = count

    assert use(enter_password(kit), key).path == "/security"


@pytest.mark.parametrize("count", [-1, 6, 7])
def test_the_count_of_one_that_is_bound_to_its_device_may_not(kit: Kit, count: int) -> None:
    key = added(kit)

    key.count = count

    assert PASSKEY_COPIED in alone(kit, key).text


def test_whether_it_is_copied_now_is_kept_current(kit: Kit) -> None:
    key = added(kit, eligible=True)
    assert stored(kit) == (True, False, 8)

    key.copied = True
    alone(kit, key)
    assert stored(kit) == (True, True, 9)
    key.copied = False
    visitor = alone(kit, key)

    assert stored(kit) == (True, False, 10)
    assert "on one device only" in visitor.get("/security").text


@pytest.mark.parametrize(("before", "after"), [(False, True), (True, False)])
def test_a_strangers_browser_is_not_believed_that_what_never_changes_has(kit: Kit, before: bool, after: bool) -> None:
    key = added(kit, eligible=before)

    key.eligible = after

    assert PASSKEY_REFUSED in alone(kit, key).text
    assert PASSKEY_REFUSED in use(enter_password(kit), key).text
    key.eligible = before
    assert alone(kit, key).path == "/security"


@pytest.mark.parametrize(("before", "after"), [(False, True), (True, False)])
def test_the_owner_whose_password_manager_was_updated_proves_it_at_home(kit: Kit, before: bool, after: bool) -> None:
    key = added(kit, eligible=before)
    key.eligible, key.count = after, 0 if after else 8

    assert use(at_home(kit), key).path == "/security"

    assert stored(kit).backup_eligible is after
    assert alone(kit, key).path == "/security"


def test_one_that_says_it_is_copied_and_cannot_be_is_refused(kit: Kit) -> None:
    key = added(kit)

    key.claims = COPIED

    assert PASSKEY_REFUSED in use(at_home(kit), key).text


@pytest.mark.parametrize("eligible", [True, False])
def test_one_from_before_says_what_it_is_when_it_is_used(kit: Kit, eligible: bool) -> None:
    key = added(kit, eligible=eligible)
    forget_eligibility(kit)

    assert alone(kit, key).path == "/security"

    assert stored(kit).backup_eligible is eligible


def test_one_from_before_that_may_be_copied_may_have_counted_elsewhere(kit: Kit) -> None:
    key = added(kit, eligible=True)
    forget_eligibility(kit)

    key.count = -1
    assert alone(kit, key).path == "/security"


def test_one_from_before_that_is_off_is_good_again_at_home_only(kit: Kit) -> None:
    key = added(kit, eligible=True)
    forget_eligibility(kit, off=True)
    key.count = -1
    assert PASSKEY_COPIED in alone(kit, key).text

    assert use(at_home(kit), key).path == "/security"

    key.count = -1
    assert alone(kit, key).path == "/security"


def test_a_copy_of_one_from_before_is_not_let_in_at_home_either(kit: Kit) -> None:
    key = added(kit)
    forget_eligibility(kit, off=True)

    key.count = 3

    assert PASSKEY_COPIED in use(at_home(kit), key).text


FROM_BEFORE = [
    """INSERT INTO account (id, name, name_key, role, language, time_zone, password_hash, password_changed_at,
    created_at) VALUES (1, 'a', 'a', 'person', 'en', 'UTC', '', '2026-03-12 09:00:00', '2026-03-12 09:00:00')""",
    *(
        f"""INSERT INTO factor (id, account_id, public_id, kind, label, added_at, trusted_from, fails_in_row,
        disabled_at) VALUES ({at}, 1, '{at}', 'passkey', '', '2026-03-12', '2026-03-12', 0, '2026-03-13 09:00:00')"""
        for at in (1, 2)
    ),
    *(
        f"""INSERT INTO passkey (factor_id, credential_id, public_key, sign_count, user_verified, backed_up)
        VALUES ({at}, '{at}', '', 8, true, {copied})"""
        for at, copied in ((1, True), (2, False))
    ),
]


def test_the_migration_turns_on_again_what_was_copied_and_knows_no_more_than_that(tmp_path: Path) -> None:
    settings = config.load({"TRUSTWEB_INSTANCE": str(tmp_path)})
    keys.make(settings)
    engine = old_database.make(settings, f"{SYNCED}-1")
    with engine.begin() as connection:
        for row in FROM_BEFORE:
            connection.exec_driver_sql(row)

    schema.upgrade(settings, keys.load(settings))

    with engine.connect() as connection:
        told = select(Passkey.backup_eligible, Factor.disabled_at.is_(None)).join(Factor).order_by(Factor.id)
        assert connection.execute(told).all() == [(True, True), (None, False)]
    engine.dispose()
