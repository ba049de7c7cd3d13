"""Deleting accounts: planned, due, and what is left of them in the tables."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Table, func, select

from tests.support.http_client import Visitor
from tests.support.kit import Kit
from trustweb import accounts, deletion
from trustweb.authentication import sessions
from trustweb.models import Base, SessionView


def start_session(kit: Kit, account_id: int) -> SessionView:
    with kit.core.database.writing(account_id) as work:
        return sessions.start(work, account_id, stage=sessions.FULL, known_browser=True)[0]


def plan_deletion(kit: Kit, account_id: int) -> SessionView:
    """Plan it without pages, and return the session in which that was done."""
    session = start_session(kit, account_id)
    with kit.core.database.writing(account_id) as work:
        deletion.plan(work, session)
    return session


def plan_deletion_on_page(visitor: Visitor) -> Visitor:
    return visitor.get("/account").submit("Delete my account").submit("Delete My Account")


def delete_due(kit: Kit) -> None:
    """Do what a worker does every hour: delete the accounts whose time has come."""
    kit.core.sender.tidy()


def leaving(kit: Kit) -> dict[str, bool]:
    """Return the accounts by name, each with whether its deletion is planned."""
    with kit.core.database.reading() as work:
        return {each.name: each.deletes_at is not None for each in accounts.listed(work)}


def account_tables() -> set[Table]:
    """Return the tables whose rows belong to an account, directly or through another such table."""
    found = {Base.metadata.tables["account"]}
    while (
        more := {t for t in Base.metadata.tables.values() if {k.column.table for k in t.foreign_keys} & found} - found
    ):
        found |= more
    return found


def count_rows(kit: Kit, account_id: int) -> Counter[str]:
    """Count an account's rows in each table; rows that hang on such a row are counted for all accounts together."""
    with kit.core.database.reading() as work:
        counts = Counter[str]()
        for table in account_tables():
            column = table.c.get("account_id", table.c.id if table.name == "account" else None)
            counted = select(func.count()).select_from(table)
            if column is not None and not column.nullable:
                counted = counted.where(column == account_id)
            counts[table.name] = work.db.scalar(counted) or 0
        return counts
