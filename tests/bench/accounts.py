"""Accounts by the thousand, for benchmarks."""

from __future__ import annotations

from datetime import timedelta

from argon2 import PasswordHasher
from sqlalchemy import func, insert, select

from tests.support.kit import FIXED, MOBILE, OTHER_MOBILE, PASSWORD
from trustweb.accounts import token_hash
from trustweb.database import Database
from trustweb.models import Account, Factor, KnownBrowser, TrustedNumber, new_public_id

BROWSER = "b" * 43
"""The token of a browser that all of them have used: people sign in where they always do."""


def fill(database: Database, count: int) -> None:
    """Accounts with one trusted number, except the first one, which has three."""
    hashed = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(PASSWORD)
    now = database.now() - timedelta(days=2)
    with database.writing() as work:
        for start in range(0, count, 5000):
            people = range(start, min(start + 5000, count))
            work.db.execute(
                insert(Account),
                [
                    {
                        "id": n + 1, "name": f"p{n}@example.com", "name_key": f"p{n}@example.com", "role": "person",
                        "language": "en", "time_zone": "Europe/London", "password_hash": hashed,
                        "password_changed_at": now, "created_at": now, "two_factor_since": now,
                    }
                    for n in people
                ],
            )  # fmt: skip
            add_numbers(work, [(n + 1, MOBILE, "mobile", "text") for n in people], now)
            known = {"token_hash": token_hash(BROWSER), "first_seen_at": now}
            work.db.execute(insert(KnownBrowser), [{"account_id": n + 1, **known} for n in people])
        add_numbers(work, [(1, OTHER_MOBILE, "mobile", "text"), (1, FIXED, "fixed", "call")], now)


def add_numbers(work, rows: list[tuple[int, str, str, str]], now) -> None:
    first = (work.db.scalar(select(func.max(Factor.id))) or 0) + 1
    work.db.execute(
        insert(Factor),
        [
            {
                "id": first + at, "public_id": new_public_id(), "account_id": account, "kind": "trusted_number",
                "label": "My phone", "added_at": now, "trusted_from": now, "last_proved_at": now, "fails_in_row": 0,
            }
            for at, (account, *_) in enumerate(rows)
        ],
    )  # fmt: skip
    work.db.execute(
        insert(TrustedNumber),
        [
            {
                "factor_id": first + at, "account_id": account, "number": number, "region": "GB", "line": line,
                "method": method,
            }
            for at, (account, number, line, method) in enumerate(rows)
        ],
    )  # fmt: skip
