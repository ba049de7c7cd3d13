"""``trustweb journal prune``: older entries go, and a signed cut notes the last of them."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.support.journal_kit import by_hand, entries, history, note, run
from tests.support.kit import Kit
from trustweb.models import JournalCut, JournalEntry

DAY_AFTER = "2026-03-13"


def count(kit: Kit, table: type) -> int:
    with kit.core.database.reading() as work:
        return work.execute(select(func.count()).select_from(table)).scalar_one()


def test_prune_removes_the_older_and_verify_begins_at_the_cut(racing: Kit) -> None:
    account = history(racing)
    racing.clock.forward(days=1)
    note(racing, account)

    said = run(racing, "journal", "prune", "--before", DAY_AFTER)

    assert (said.exit_code, said.output) == (0, "Removed: 3.\n")
    assert [each.seq for each in entries(racing, account)] == [4]
    assert run(racing, "journal", "verify").output == "The journal is whole: 1 entries, 1 accounts.\n"


def test_a_pruned_journal_goes_on_and_is_pruned_again(racing: Kit) -> None:
    account = history(racing)
    for removed in (3, 1):
        assert run(racing, "journal", "prune", "--before", "2030-01-01").output == f"Removed: {removed}.\n"
        note(racing, account)

    assert run(racing, "journal", "verify").exit_code == 0
    assert (count(racing, JournalEntry), count(racing, JournalCut)) == (1, 2)


def test_a_prune_of_nothing_leaves_no_cut(racing: Kit) -> None:
    history(racing)

    assert run(racing, "journal", "prune", "--before", "2026-03-12").output == "Removed: 0.\n"
    assert (count(racing, JournalEntry), count(racing, JournalCut)) == (3, 0)


@pytest.mark.parametrize("seq", [1, 3])
def test_a_broken_journal_is_not_pruned(racing: Kit, seq: int) -> None:
    history(racing)
    by_hand(racing, f"UPDATE journal_entry SET event = 'other' WHERE seq = {seq}")

    said = run(racing, "journal", "prune", "--before", DAY_AFTER)

    assert said.exit_code == 1
    assert "is not as it was written. Nothing was removed there." in said.stderr
    assert (count(racing, JournalEntry), count(racing, JournalCut)) == (3, 0)


def test_a_cut_that_somebody_wrote_by_hand_is_named(racing: Kit) -> None:
    history(racing)
    cut = "INSERT INTO journal_cut (account_id, seq, last_mac, at, mac) SELECT account_id, seq, mac, at, mac"
    by_hand(racing, f"{cut} FROM journal_entry WHERE seq = 2", "DELETE FROM journal_entry WHERE seq < 3")

    said = run(racing, "journal", "verify")

    assert (said.exit_code, "The cut at entry 2" in said.stderr) == (1, True)


def test_a_cut_that_is_taken_away_is_named(racing: Kit) -> None:
    account = history(racing)
    racing.clock.forward(days=1)
    note(racing, account)
    run(racing, "journal", "prune", "--before", DAY_AFTER)
    by_hand(racing, "DELETE FROM journal_cut")

    assert "Entry 1 of" in run(racing, "journal", "verify").stderr
