"""The journal: one entry for each change, in its transaction, in a chain of MACs for each account."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.support.chance import says
from tests.support.crowd import at_once
from tests.support.journal_kit import ACTS, HERE, LABEL, Owner, entries, run
from tests.support.kit import BOB, FIXED, MOBILE, OTHER_MOBILE, Kit
from trustweb import factors, invitations, journal, schema
from trustweb.journal import heads
from trustweb.models import Account, Challenge, Factor, JournalEntry, SignInSession, TrustedDevice, TrustedNumber

BY_OPERATOR = {"password_set", "account_disabled"}


def everything(kit: Kit) -> list[tuple]:
    tables = (Account, Factor, TrustedNumber, TrustedDevice, SignInSession, Challenge, JournalEntry)
    with kit.core.database.reading() as work:
        return [tuple(row) for table in tables for row in work.execute(select(table.__table__))]


def is_sqlite(kit: Kit) -> bool:
    return kit.core.database.engine.dialect.name == "sqlite"


@pytest.fixture
def refusing(racing: Kit) -> Iterator[Kit]:
    """A database that stores no entry, once ``refuse`` was called."""
    yield racing
    with racing.core.database.writing() as work:
        work.execute(text("DROP TRIGGER refusing" + ("" if is_sqlite(racing) else " ON journal_entry")))


def refuse(kit: Kit) -> None:
    body = "BEGIN SELECT RAISE(ABORT, 'full'); END" if is_sqlite(kit) else "EXECUTE FUNCTION journal_entry_refuse()"
    with kit.core.database.writing() as work:
        work.connection.exec_driver_sql(f"CREATE TRIGGER refusing BEFORE INSERT ON journal_entry FOR EACH ROW {body}")


@pytest.mark.parametrize("event", ACTS)
def test_a_change_writes_one_entry(kit: Kit, event: str) -> None:
    who, act, details = ACTS[event]
    owner = who(kit)
    before = entries(kit, owner.account)

    act(owner)

    *others, entry = entries(kit, owner.account)
    assert others == before
    assert (entry.seq, entry.at, entry.event, entry.details) == (len(before) + 1, kit.clock.now, event, details)
    told = ("", "") if event in BY_OPERATOR else (HERE.address, HERE.browser)
    assert (entry.address, entry.browser) == told


@pytest.mark.parametrize("event", ACTS)
def test_a_change_whose_entry_cannot_be_stored_is_not_made(refusing: Kit, event: str) -> None:
    who, act, _ = ACTS[event]
    owner, path = who(refusing), refusing.core.config.instance / heads.NAME
    before = everything(refusing), list(heads.read(path))
    refuse(refusing)

    with pytest.raises(DBAPIError):
        act(owner)

    assert (everything(refusing), list(heads.read(path))) == before


def test_a_refused_change_writes_nothing(kit: Kit) -> None:
    owner = Owner(kit)
    owner.remove_number()

    with pytest.raises(factors.NotFound):
        owner.remove_number()

    assert [each.event for each in entries(kit, owner.account)] == ["number_removed"]


def test_the_first_number_turns_two_factor_on_too(kit: Kit) -> None:
    owner = Owner(kit, numbers=())

    owner.add_number()

    assert [each.event for each in entries(kit, owner.account)] == ["number_added", "two_factor_on"]


def test_with_two_factor_off_the_password_signs_in(kit: Kit) -> None:
    owner = Owner(kit, numbers=())

    owner.enter_password()

    (entry,) = entries(kit, owner.account)
    assert (entry.event, entry.details, entry.address) == ("signed_in", {"method": "password"}, HERE.address)


def test_an_account_begins_with_its_making(kit: Kit) -> None:
    with kit.core.database.writing() as work:
        token = invitations.make(work, name=BOB)
        bob = invitations.accept(work, token, name="", password_hash="", language="en", time_zone="UTC")

    assert [each.event for each in entries(kit, bob)] == ["account_created"]


def test_only_what_changes_something_is_written(kit: Kit) -> None:
    owner = Owner(kit)

    for _ in range(2):
        owner.disable()
    for _ in range(2):
        owner.disable(False)
        owner.change_number()
        owner.sign_out()

    events = ["account_disabled", "account_enabled", "number_changed", "signed_out"]
    assert [each.event for each in entries(kit, owner.account)] == events


def test_strangers_who_use_up_their_tries_are_noted_once(kit: Kit) -> None:
    owner = Owner(kit)

    for _ in range(5):
        assert not entries(kit, owner.account)
        owner.mistype()

    noted = [(each.event, each.address) for each in entries(kit, owner.account)]
    assert noted == [("sign_in_failed_codes", HERE.address)]


def test_no_entry_holds_a_whole_number_or_a_code(kit: Kit) -> None:
    owner = Owner(kit)
    code = owner.code("sign_in")
    for act in (Owner.enter_code, Owner.add_number, Owner.remove_number):
        act(owner)
    owner.numbers = owner.numbers[1:]
    owner.change_number("Mum +49 1512 3456789")
    written = json.dumps([each.details for each in entries(kit, owner.account)])

    digits = "".join(filter(str.isdigit, written))
    assert LABEL in written
    assert not [each for each in (MOBILE, OTHER_MOBILE, FIXED) if each[3:] in digits]
    assert not says(written, code)


@pytest.mark.parametrize("locked", [True, False])
def test_thirty_two_at_once_leave_one_chain(racing: Kit, locked: bool) -> None:
    account, database = racing.account(), racing.core.database

    def write() -> None:
        with database.writing(account.id if locked else None) as work:
            journal.write(work, account.id, "raced")

    at_once([write] * 32)

    assert run(racing, "journal", "verify").output == "The journal is whole: 32 entries, 1 accounts.\n"
    noted = heads.read(racing.core.config.instance / heads.NAME)
    assert sorted(each.seq for each in noted) == list(range(1, 33))


CHANGES = [
    "UPDATE journal_entry SET event = 'other'",
    "UPDATE journal_entry SET account_id = account_id",
    "DELETE FROM journal_entry",
    "DELETE FROM journal_entry WHERE seq = 1",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_the_database_refuses_to_change_an_entry(racing: Kit, statement: str) -> None:
    owner = Owner(racing)
    owner.change_number()

    with pytest.raises(DBAPIError, match="only written to"), racing.core.database.writing() as work:
        work.execute(text(statement))

    assert len(entries(racing, owner.account)) == 1


def test_an_entry_cannot_be_replaced_on_either_database(racing: Kit) -> None:
    owner = Owner(racing)
    owner.change_number()
    sqlite = is_sqlite(racing)
    values = "SELECT id, account_id, seq, at, 'other', details, address, browser, mac FROM journal_entry"
    replacing = f"INSERT OR REPLACE INTO journal_entry {values}" if sqlite else "TRUNCATE journal_entry"

    with pytest.raises(DBAPIError, match="only written to"), racing.core.database.writing() as work:
        work.execute(text(replacing))

    assert [each.event for each in entries(racing, owner.account)] == ["number_changed"]


def test_an_upgrade_puts_lost_triggers_back(racing: Kit) -> None:
    owner = Owner(racing)
    owner.change_number()
    sqlite = is_sqlite(racing)
    names = ["journal_entry_update", "journal_entry_delete"] if sqlite else ["journal_entry_change"]
    with racing.core.database.writing() as work:
        for name in names:
            work.execute(text(f"DROP TRIGGER {name}" + ("" if sqlite else " ON journal_entry")))

    schema.upgrade(racing.core.config, racing.core.keys)

    with pytest.raises(DBAPIError, match="only written to"), racing.core.database.writing() as work:
        work.execute(text("DELETE FROM journal_entry"))


def test_each_change_adds_its_newest_head_to_a_private_file(kit: Kit) -> None:
    owner = Owner(kit, numbers=())
    owner.add_number()  # two entries
    owner.sign_out()

    path = kit.core.config.instance / heads.NAME
    found = list(heads.read(path))
    assert [(each.account_id, each.seq) for each in found] == [(owner.account.id, 2), (owner.account.id, 3)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with kit.core.database.reading() as work:
        assert work.db.get_one(Account, owner.account.id).journal_head == found[-1].mac


def test_a_heads_file_that_cannot_be_written_is_logged_and_breaks_nothing(kit: Kit, logged: list[str]) -> None:
    path = kit.core.config.instance / heads.NAME
    path.mkdir()
    owner = Owner(kit)

    owner.change_number()
    path.rmdir()

    assert [each.event for each in entries(kit, owner.account)] == ["number_changed"]
    assert [line for line in logged if line.startswith("journal-heads cannot be written: Is a directory")]


def test_a_torn_line_of_the_heads_file_says_nothing(kit: Kit) -> None:
    owner = Owner(kit)
    owner.change_number()
    path = kit.core.config.instance / heads.NAME
    path.write_text(
        path.read_text() + '{"account_id": 1, "se\n[]\n{"account_id": "1", "seq": 2, "mac": "", "at": ""}\n'
    )

    assert [each.seq for each in heads.read(path)] == [1]
    assert run(kit, "journal", "verify").exit_code == 0
