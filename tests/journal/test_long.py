"""A long journal: exported and verified piece by piece while others write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.http_client import Visitor
from tests.support.journal_kit import by_hand, run
from tests.support.kit import ALICE, MOBILE, Kit
from tests.support.statements import executed
from trustweb import journal, personal_data
from trustweb.database import Database
from trustweb.journal import heads
from trustweb.journal.head_index import HeadIndex
from trustweb.models import Account, JournalEntry
from trustweb.web import journal as journal_page

LONG = 2300
"""Several pages of each reader."""


def fill(kit: Kit, account: Account) -> None:
    with kit.core.database.writing(account.id) as work:
        for turn in range(LONG):
            journal.write(work, account.id, "details_changed", turn=str(turn))


@pytest.fixture
def account(racing: Kit) -> Account:
    account = racing.account(numbers=(MOBILE,))
    fill(racing, account)
    return account


@pytest.fixture
def alice(racing: Kit, account: Account) -> Visitor:
    return racing.signed_in()


Document = Callable[[Database, Account], Iterator[str]]
DOCUMENTS: dict[str, Document] = {
    "journal": lambda database, account: personal_data.document(database, account.id),
    "entries": journal_page.document,
}
"""Under which key each holds the journal."""


@pytest.mark.parametrize("key", DOCUMENTS)
def test_a_file_of_any_length_is_made_in_pieces(racing: Kit, account: Account, key: str) -> None:
    pieces = [len(each) for each in DOCUMENTS[key](racing.core.database, account)]

    assert sum(pieces) > 300_000
    assert max(pieces) < 100_000


@pytest.mark.parametrize("key", DOCUMENTS)
def test_others_write_while_somebody_reads_slowly_and_the_file_is_whole(
    racing: Kit, account: Account, key: str
) -> None:
    pieces = []

    for each in DOCUMENTS[key](racing.core.database, account):
        fill_one(racing)
        pieces.append(each)

    numbers = sorted(each["seq"] for each in json.loads("".join(pieces))[key])
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= LONG


@pytest.mark.parametrize("key", DOCUMENTS)
def test_what_is_taken_away_is_read_in_no_writing_transaction(racing: Kit, account: Account, key: str) -> None:
    with executed(racing.core.database) as done:
        list(DOCUMENTS[key](racing.core.database, account))

    assert {each.sql.split()[0] for each in done} == {"SELECT"}


def test_the_download_itself_stands_in_the_file_and_nobody_knows_its_length_before(racing: Kit, alice: Visitor) -> None:
    alice.get("/account/data").submit("Download")

    assert "Content-Length" not in alice.answer.headers
    assert json.loads(alice.body)["journal"][-1]["event"] == "data_downloaded"
    assert "Content-Length" not in alice.get("/security/activity/journal.json").answer.headers


def fill_one(kit: Kit) -> None:
    with kit.core.database.writing() as work:
        account_id = work.execute(select(Account.id).where(Account.name == ALICE)).scalar_one()
        journal.write(work, account_id, "details_changed")


@pytest.mark.parametrize("wrong", [1, 999, 1000, 1001, LONG])
def test_what_is_wrong_is_named_on_whatever_page_it_is(racing: Kit, account: Account, wrong: int) -> None:
    by_hand(racing, f"UPDATE journal_entry SET event = 'other' WHERE seq = {wrong}")

    said = run(racing, "journal", "verify")

    assert said.stderr.startswith(f"{ALICE}: Entry {wrong} of ")
    assert said.stderr.endswith(" is not as it was written.\n")


def test_a_long_journal_is_whole(racing: Kit, account: Account) -> None:
    assert run(racing, "journal", "verify").output == f"The journal is whole: {LONG} entries, 1 accounts.\n"


def test_a_check_waits_for_nobody_who_writes_and_keeps_nobody(kit: Kit) -> None:
    account = kit.account()
    with kit.core.database.writing(account.id) as work:
        journal.write(work, account.id, "details_changed")
        said = run(kit, "journal", "verify")

    assert said.output == "The journal is whole: 0 entries, 1 accounts.\n"


def test_a_check_sees_one_moment(racing: Kit, account: Account) -> None:
    entries = select(JournalEntry.seq).where(JournalEntry.account_id == account.id)
    with racing.core.database.reading(one_moment=True) as work:
        before = len(work.execute(entries).all())
        fill_one(racing)

        assert len(work.execute(entries).all()) == before == LONG


def test_a_long_journal_is_pruned(racing: Kit, account: Account) -> None:
    assert run(racing, "journal", "prune", "--before", "2027-01-01").output == f"Removed: {LONG}.\n"
    fill_one(racing)

    assert run(racing, "journal", "verify").output == "The journal is whole: 1 entries, 1 accounts.\n"


@pytest.mark.parametrize(
    "line", ['{"account_id": 1, "seq": 9999999999999999999, "mac": "", "at": ""}', "[]", '{"a": 1']
)
def test_a_line_of_the_heads_file_that_is_none_says_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / "heads").write_text(f'{line}\n{{"account_id": 7, "seq": 1, "mac": "a:1", "at": "then"}}\n')

    with closing(HeadIndex(heads.read(tmp_path / "heads"))) as noted:
        assert (noted.accounts(), noted.newest(7), noted.newest(1)) == ({7}, 1, 0)


def test_the_first_line_of_a_number_counts() -> None:
    with closing(HeadIndex([heads.Head(1, 1, "first", ""), heads.Head(1, 1, "second", "")])) as noted:
        found = noted.find(1, 1)

    assert found
    assert found.mac == "first"
