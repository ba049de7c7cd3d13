"""The migration of session proofs: it fills in what is known of the sessions that are there, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.support.old_database import INSERT_PERSON, OldNames

BEGAN, SINCE = "2026-03-12 09:00:00.000000", "2026-03-12 09:01:00.000000"
FACTOR = text(f"""INSERT INTO factor (id, public_id, account_id, kind, label, added_at, trusted_from, fails_in_row)
    VALUES (7, 'seven', 1, :kind, '', '{BEGAN}', '{BEGAN}', 0)""")
SESSION = text(f"""INSERT INTO session (account_id, token_hash, stage, stage_since, started_at, last_seen_at, family,
    known_browser, proved_by) VALUES (1, 'hash', :stage, '{SINCE}', '{BEGAN}', '{SINCE}', :family, :no, :factor)""")
PROOFS = text("SELECT password_at, proof_at, proof_kind, proof_method, user_verified FROM session")
CASES = {
    "half-open": (("password", "form", None), (BEGAN, None, None, False)),
    "a password": (("full", None, None), (BEGAN, None, None, False)),
    "a trusted browser": (("full", None, "trusted_device"), (BEGAN, None, None, False)),
    "a code on a device": (("full", "form", "trusted_device"), (BEGAN, SINCE, "trusted_device", False)),
    "a code by number": (("full", "form", "trusted_number"), (BEGAN, SINCE, "trusted_number", False)),
    "a passkey after it": (("full", "form", "passkey"), (BEGAN, SINCE, "passkey", False)),
    "a passkey alone": (("full", None, "passkey"), (None, SINCE, "passkey", True)),
    "paper": (("full", "form", "recovery_key"), (BEGAN, SINCE, "recovery_key", False)),
}


@pytest.mark.parametrize(("session", "wanted"), CASES.values(), ids=CASES.keys())
def test_it_fills_in_what_is_known_and_nothing_else(
    old: OldNames, session: tuple[str, str | None, str | None], wanted: tuple[object, ...]
) -> None:
    stage, family, kind = session
    with old.engine.begin() as connection:
        connection.execute(INSERT_PERSON, {"id": 1, "name": "alice", "key": "alice", "created": BEGAN})
        if kind:
            connection.execute(FACTOR, {"kind": kind})
        connection.execute(SESSION, {"stage": stage, "family": family, "no": False, "factor": kind and 7})

    old.upgraded()

    with old.engine.connect() as connection:
        row = connection.execute(PROOFS).one()
    at = [each and f"{each:%Y-%m-%d %H:%M:%S.%f}" if hasattr(each, "year") else each for each in row]
    assert (at[0], at[1], at[2], bool(at[4])) == wanted
    assert at[3] is None
