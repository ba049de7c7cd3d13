"""``trustweb journal``: verify, prune."""

from __future__ import annotations

import sys
from collections.abc import Set
from contextlib import closing
from datetime import UTC, datetime

import click

from trustweb.cli.opening import account_of, opened
from trustweb.database import Database
from trustweb.journal import checking, erasing, heads
from trustweb.journal.checking import Broken
from trustweb.journal.head_index import HeadIndex

_SENTENCES = {
    "changed": "{entry} is not as it was written.",
    "missing": "{entry} is missing.",
    "key": "{entry} cannot be checked: the key ring lacks the key that signed it.",
    "cut": "The cut at {entry} was not made by `trustweb journal prune`.",
    "tail": "{entry} and what came after it are missing: the account knows of more.",
    "head": "The account's own head is at {entry}, which is not its newest one.",
    "other": "{entry} is another one than the heads file says: a backup was restored before it.",
    "restored": "The heads file knows {entry}, and the database ends before it: a backup was restored, or the end cut.",
}


@click.group()
def journal() -> None:
    """What happened to the accounts."""


def _sentence(name: str, broken: Broken) -> str:
    entry = f"entry {broken.seq}" + (f" of {broken.at}" if broken.at else "")
    sentence = _SENTENCES[broken.what].format(entry=entry)
    return f"{name}: {sentence[0].upper()}{sentence[1:]}"


def _chosen(database: Database, name: str | None) -> dict[int, str]:
    with database.reading() as work:
        names = checking.names(work)
        return names if name is None else {(key := account_of(work, name)): names[key]}


def _lost(database: Database, gone: Set[int]) -> Set[int]:
    """Return those of the missing accounts whose deletion left no signed line."""
    with database.reading() as work:
        return gone - erasing.erased(work)


@journal.command()
@click.argument("name", required=False)
def verify(name: str | None) -> None:
    """Check every entry of NAME, or of everybody, and that none is missing."""
    entries, wrong = 0, 0
    # Read the file before the entries: an entry written meanwhile is then missing from the file, which is no fault.
    with opened() as database, closing(HeadIndex(heads.read(heads.path_in(database.config.instance)))) as index:
        chosen = _chosen(database, name)
        gone = set() if name else index.accounts() - chosen.keys()
        lost = {key: f"account {key}, which is gone" for key in _lost(database, gone)}
        for account_id, whose in (chosen | lost).items():
            with database.reading(one_moment=True) as work:
                count, broken = checking.check(work, account_id, index)
            entries += count
            if broken:
                wrong += 1
                click.echo(_sentence(whose, broken), err=True)
    if wrong:
        sys.exit(1)
    click.echo(f"The journal is whole: {entries} entries, {len(chosen)} accounts.")


@journal.command()
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day to keep, in UTC.")
def prune(before: datetime) -> None:
    """Remove entries that are older, and leave a signed cut in their place."""
    removed, wrong = 0, 0
    with opened() as database:
        for account_id, name in _chosen(database, None).items():
            try:
                with database.reading(one_moment=True) as work:
                    checking.require_whole(work, account_id)
                with database.writing(account_id) as work:
                    removed += checking.prune(work, account_id, before.replace(tzinfo=UTC))
            except checking.NotWhole as refused:
                wrong += 1
                click.echo(f"{_sentence(name, refused.broken)} Nothing was removed there.", err=True)
        with database.writing() as work:
            erasing.sign_anew(work)
    click.echo(f"Removed: {removed}.")
    if wrong:
        sys.exit(1)
