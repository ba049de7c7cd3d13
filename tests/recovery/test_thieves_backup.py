"""What a thief, or an operator in a hurry, reaches by putting an old backup of the database back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.factors.test_trusted_devices_pages import typing
from tests.factors.test_trusted_numbers_removal import remove
from tests.recovery.test_password_reset import SPENT, asked, follow, sign_in
from tests.support.journal_kit import run
from tests.support.kit import FIXED, MOBILE, PASSWORD, Kit
from tests.support.mail_kit import proved
from tests.support.paper import CODE, KEY, give_codes, give_key, half_way, use
from trustweb.models import Account

HOME = "+44 •• •••• ••00"


@pytest.fixture
def alice(kit: Kit) -> Account:
    account = kit.account(numbers=(MOBILE, FIXED))
    proved(kit, account)
    kit.clock.forward(minutes=11)
    return account


def copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


class Backup:
    """The database as it was, to be put back later, into a process that begins anew."""

    def __init__(self, kit: Kit, folder: Path) -> None:
        self.kit, self.live, self.kept = kit, kit.core.config.instance / "trustweb.db", folder / "backup.db"
        copy(self.live, self.kept)

    def restore(self) -> None:
        self.kit.core.database.close()
        copy(self.kept, self.live)
        self.kit.core.database._mark = self.kit.core.database._stored = None


def test_a_restored_backup_is_named(kit: Kit, alice: Account, tmp_path: Path) -> None:
    backup = Backup(kit, tmp_path)
    kit.signed_in()
    assert run(kit, "journal", "verify").exit_code == 0
    backup.restore()

    answer = run(kit, "journal", "verify")

    assert answer.exit_code == 1
    assert "a backup was restored" in answer.output


def test_what_has_a_life_of_its_own_is_dead_in_a_backup_of_yesterday(kit: Kit, alice: Account, tmp_path: Path) -> None:
    session, half, path = kit.signed_in(), typing(kit), asked(kit)
    half.submit("Text me at +44 •••• ••••56")
    code, backup = kit.code(), Backup(kit, tmp_path)
    kit.clock.forward(days=1)
    backup.restore()

    assert session.get("/security").path == "/sign-in"
    assert half.post("/sign-in/code", code=code).path == "/sign-in"
    assert SPENT in kit.visitor().get(path).text


def test_what_was_ended_is_alive_again_in_a_backup_of_just_now(kit: Kit, alice: Account, tmp_path: Path) -> None:
    session, path = kit.signed_in(), asked(kit)
    backup = Backup(kit, tmp_path)
    follow(kit, path)
    assert session.get("/security").path == "/sign-in"
    backup.restore()

    assert kit.visitor().get(path).status == 200
    assert sign_in(kit, PASSWORD).path == "/sign-in/code"


def test_what_is_on_paper_and_was_used_is_good_again(kit: Kit, alice: Account, tmp_path: Path) -> None:
    key, (code, *_) = give_key(kit, alice), give_codes(kit, alice)
    backup = Backup(kit, tmp_path)
    use(half_way(kit), KEY, key)
    use(half_way(kit), CODE, code)
    kit.clock.forward(days=30)
    backup.restore()

    assert use(half_way(kit), KEY, key).path == "/security"
    assert use(half_way(kit), CODE, code).path == "/security"


def test_what_was_removed_is_back(kit: Kit, alice: Account, tmp_path: Path) -> None:
    backup = Backup(kit, tmp_path)
    remove(kit.signed_in(), HOME)
    backup.restore()

    assert HOME in typing(kit).text
