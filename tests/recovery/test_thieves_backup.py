"""An old backup of the database that is put back: what a thief gains by it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.journal_kit import run
from tests.support.kit import FIXED, MOBILE, Kit
from tests.support.mail_kit import proved
from tests.support.notices import LINK_SPENT
from tests.support.paper import CODE, KEY, give_codes, give_key, use_paper
from tests.support.password_reset import reset_link, set_new_password
from tests.support.sign_in import enter_password
from tests.support.trusted_numbers import remove_number
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
    session, half, path = kit.signed_in(), enter_password(kit), reset_link(kit)
    half.submit("Text me at +44 •••• ••••56")
    code, backup = kit.code(), Backup(kit, tmp_path)
    kit.clock.forward(days=1)
    backup.restore()

    assert session.get("/security").path == "/sign-in"
    assert half.post("/sign-in/code", code=code).path == "/sign-in"
    assert LINK_SPENT in kit.visitor().get(path).text


def test_what_was_ended_is_alive_again_in_a_backup_of_just_now(kit: Kit, alice: Account, tmp_path: Path) -> None:
    session, path = kit.signed_in(), reset_link(kit)
    backup = Backup(kit, tmp_path)
    set_new_password(kit, path)
    assert session.get("/security").path == "/sign-in"
    backup.restore()

    assert kit.visitor().get(path).status == 200
    assert enter_password(kit).path == "/sign-in/code"


def test_what_is_on_paper_and_was_used_is_good_again(kit: Kit, alice: Account, tmp_path: Path) -> None:
    key, (code, *_) = give_key(kit, alice), give_codes(kit, alice)
    backup = Backup(kit, tmp_path)
    use_paper(enter_password(kit), KEY, key)
    use_paper(enter_password(kit), CODE, code)
    kit.clock.forward(days=30)
    backup.restore()

    assert use_paper(enter_password(kit), KEY, key).path == "/security"
    assert use_paper(enter_password(kit), CODE, code).path == "/security"


def test_what_was_removed_is_back(kit: Kit, alice: Account, tmp_path: Path) -> None:
    backup = Backup(kit, tmp_path)
    remove_number(kit.signed_in(), HOME)
    backup.restore()

    assert HOME in enter_password(kit).text
