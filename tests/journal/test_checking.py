"""``trustweb journal verify`` and ``prune`` find what somebody changed in the database by hand."""

from __future__ import annotations

import gc
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.journal_kit import Owner, by_hand, history, note, run
from tests.support.kit import ALICE, BOB, Kit
from trustweb.journal import heads
from trustweb.models import JournalEntry

FIRST = "2026-03-12T09:00:00+00:00"
THIRD = "2026-03-12T11:00:00+00:00"


def cut_the_tail(kit: Kit) -> None:
    by_hand(
        kit,
        "DELETE FROM journal_entry WHERE seq = 3",
        "UPDATE account SET journal_seq = 2, journal_head = (SELECT mac FROM journal_entry WHERE seq = 2)",
    )


BY_HAND = {
    "UPDATE journal_entry SET event = 'signed_out' WHERE seq = 1": f"Entry 1 of {FIRST} is not as it was written.",
    "UPDATE journal_entry SET details = '{}' WHERE seq = 3": f"Entry 3 of {THIRD} is not as it was written.",
    "UPDATE journal_entry SET address = '203.0.113.1' WHERE seq = 1": f"Entry 1 of {FIRST} is not as it was written.",
    "UPDATE journal_entry SET mac = 'gone:00' WHERE seq = 1": f"Entry 1 of {FIRST} cannot be checked",
    "DELETE FROM journal_entry WHERE seq = 1": f"Entry 1 of {FIRST} is missing.",
    "DELETE FROM journal_entry WHERE seq > 2": f"Entry 3 of {THIRD} and what came after it are missing",
    "DELETE FROM journal_entry": f"Entry 1 of {FIRST} and what came after it are missing",
    "UPDATE account SET journal_seq = 2": "head is at entry 2",
    "UPDATE account SET journal_seq = 0, journal_head = ''": "head is at entry 0",
    "UPDATE account SET journal_head = 'other'": f"head is at entry 3 of {THIRD}",
}


def test_a_whole_journal_is_said_to_be_whole(racing: Kit) -> None:
    history(racing)
    racing.account(BOB)

    said = run(racing, "journal", "verify")

    assert (said.exit_code, said.output) == (0, "The journal is whole: 3 entries, 2 accounts.\n")


@pytest.mark.parametrize("statement", BY_HAND)
def test_what_was_done_by_hand_is_named(racing: Kit, statement: str) -> None:
    history(racing)
    by_hand(racing, statement)

    said = run(racing, "journal", "verify", ALICE)

    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr.startswith(f"{ALICE}: ")
    assert BY_HAND[statement] in said.stderr


def test_a_tail_that_was_cut_with_its_head_is_named(racing: Kit) -> None:
    history(racing)
    cut_the_tail(racing)

    said = run(racing, "journal", "verify")

    assert said.exit_code == 1
    assert f"The heads file knows entry 3 of {THIRD}, and the database ends before it" in said.stderr


def test_entries_in_the_other_order_are_named(racing: Kit) -> None:
    history(racing)
    swap = "UPDATE journal_entry SET seq = {} WHERE seq = {}"
    by_hand(racing, *(swap.format(new, old) for new, old in ((9, 1), (1, 2), (2, 9))))

    assert "Entry 1 of 2026-03-12T10:00:00+00:00 is not as it was written." in run(racing, "journal", "verify").stderr


def test_another_account_s_entry_does_not_fit(racing: Kit) -> None:
    history(racing)
    bob = racing.account(BOB)
    by_hand(racing, "UPDATE journal_entry SET account_id = :bob", bob=bob.id)

    said = run(racing, "journal", "verify", BOB)

    assert said.stderr.startswith(f"{BOB}: Entry 1 of {FIRST} is not as it was written.")


SET_BACK = "UPDATE account SET journal_seq = 1, journal_head = (SELECT mac FROM journal_entry WHERE seq = 1)"


def test_an_entry_out_of_another_history_does_not_fit(racing: Kit) -> None:
    account = racing.account()
    for event in ("first", "other"):
        note(racing, account, event)
    with racing.core.database.reading() as work:
        mac = work.execute(select(JournalEntry.mac).where(JournalEntry.seq == 2)).scalar_one()
    by_hand(racing, "DELETE FROM journal_entry WHERE seq = 2", SET_BACK)
    for event in ("second", "third"):
        note(racing, account, event)
    by_hand(racing, "UPDATE journal_entry SET event = 'other', mac = :mac WHERE seq = 2", mac=mac)
    (racing.core.config.instance / heads.NAME).unlink()

    assert "Entry 3 of" in run(racing, "journal", "verify").stderr


def restore(kit: Kit, backup: Path) -> None:
    database = kit.core.config.instance / "trustweb.db"
    gc.collect()  # an earlier test's error, kept by a cycle, may still hold a connection to the files
    kit.core.database.close()
    for tail in ("-wal", "-shm"):
        database.with_name(f"{database.name}{tail}").unlink(missing_ok=True)
    shutil.copy(backup, database)


def test_a_restored_backup_is_named(kit: Kit, tmp_path: Path) -> None:
    owner = Owner(kit)
    owner.change_number()
    assert run(kit, "db", "backup", str(tmp_path / "old.db")).exit_code == 0
    owner.sign_out()
    restore(kit, tmp_path / "old.db")

    said = run(kit, "journal", "verify")

    assert (said.exit_code, "The heads file knows entry 2" in said.stderr) == (1, True)


def test_a_restored_backup_is_named_after_the_site_went_on(kit: Kit, tmp_path: Path) -> None:
    owner = Owner(kit)
    owner.change_number()
    run(kit, "db", "backup", str(tmp_path / "old.db"))
    owner.sign_out()
    restore(kit, tmp_path / "old.db")
    owner.remove_number()
    owner.sign_out()

    said = run(kit, "journal", "verify")

    assert said.stderr.startswith(f"{ALICE}: Entry 2 of {FIRST} is another one than the heads file says")


def test_an_account_that_only_the_heads_file_knows_is_named(kit: Kit) -> None:
    heads.append(kit.core.config.instance / heads.NAME, 999, 4, "gone:00", kit.clock.now)

    said = run(kit, "journal", "verify")

    assert (said.exit_code, "account 999, which is gone: The heads file knows entry 4" in said.stderr) == (1, True)


def test_a_heads_file_that_cannot_be_read_is_one_sentence(kit: Kit) -> None:
    (kit.core.config.instance / heads.NAME).mkdir()

    said = run(kit, "journal", "verify")
    (kit.core.config.instance / heads.NAME).rmdir()

    assert (said.exit_code, said.stderr.count("\n"), "cannot be read" in said.stderr) == (1, 1, True)


def test_verify_knows_no_account_that_is_not_there(kit: Kit) -> None:
    assert "There is no account nobody." in run(kit, "journal", "verify", "nobody").output


def test_entries_of_two_keys_are_one_chain_and_neither_key_is_forgotten(kit: Kit) -> None:
    note(kit, kit.account())
    path, old = kit.core.config.instance / "keys", kit.core.keys.newest
    ring = path.read_text()
    path.write_text(f"newer:{'A' * 43}=\n{ring}")
    acts = [("db", "upgrade"), ("account", "disable", ALICE), ("journal", "verify"), ("db", "forget-key", old)]

    *fine, forgotten = [run(kit, *each) for each in acts]
    path.write_text(ring)

    assert [each.exit_code for each in fine] == [0, 0, 0]
    assert "2 entries" in fine[-1].output
    assert f"Key {old} vouches for entries of the journal" in forgotten.output
