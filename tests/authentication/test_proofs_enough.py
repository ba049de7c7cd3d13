"""Services’ needs: which proofs meet them, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from trustweb.authentication import proofs
from trustweb.authentication.proofs import LEVELS, PASSKEY, PASSWORD, TWO_FACTOR
from trustweb.models import SessionView

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
BEGAN = NOW - timedelta(hours=2)
MICROSECOND, DAY = timedelta(microseconds=1), 86400
BY_PASSWORD = SessionView(
    id=1, account_id=1, token_hash="", stage="full", stage_since=BEGAN, started_at=BEGAN, last_seen_at=NOW,
    ended_at=None, known_browser=True, proved_by=None, step_up_until=None, step_up_by=None, password_at=BEGAN,
    proof_at=None, proof_kind=None, proof_method=None, user_verified=False, browser_hash=None,
)  # fmt: skip
BY_TRUST = replace(BY_PASSWORD, proved_by=7)
BY_TEXT = replace(BY_TRUST, proof_at=BEGAN, proof_kind="trusted_number", proof_method="text")
BY_BLUE_KEY = replace(BY_TRUST, proof_at=BEGAN, proof_kind="passkey")
BY_PASSKEY = replace(BY_BLUE_KEY, user_verified=True)
ALONE = replace(BY_PASSKEY, password_at=None)
MEET = {
    "password": (BY_PASSWORD, {PASSWORD}, {PASSWORD}),
    "trusted browser": (BY_TRUST, {PASSWORD, TWO_FACTOR}, {PASSWORD}),
    "text": (BY_TEXT, {PASSWORD, TWO_FACTOR}, {PASSWORD, TWO_FACTOR}),
    "passkey that verifies nobody": (BY_BLUE_KEY, {PASSWORD, TWO_FACTOR}, {PASSWORD, TWO_FACTOR}),
    "passkey": (BY_PASSKEY, set(LEVELS), set(LEVELS)),
    "passkey alone": (ALONE, set(LEVELS), set(LEVELS)),
}


@pytest.mark.parametrize(("session", "ever", "today"), MEET.values(), ids=MEET.keys())
def test_each_way_in_meets_its_level_and_those_below(session: SessionView, ever: set[str], today: set[str]) -> None:
    assert {needs for needs in LEVELS if proofs.meets(session, needs, None, NOW)} == ever
    assert {needs for needs in LEVELS if proofs.meets(session, needs, DAY, NOW)} == today


@pytest.mark.parametrize(("session", "ever", "today"), MEET.values(), ids=MEET.keys())
def test_within_ends_after_its_last_second(session: SessionView, ever: set[str], today: set[str]) -> None:
    for needs in today:
        assert proofs.meets(session, needs, 7200, NOW)
        assert not proofs.meets(session, needs, 7200, NOW + MICROSECOND)
        assert not proofs.meets(session, needs, 7199, NOW)
        assert proofs.meets(session, needs, None, NOW + timedelta(days=30))


def test_a_fresh_password_is_fresh_only_where_a_password_is_enough() -> None:
    typed = replace(BY_PASSKEY, password_at=NOW)

    assert proofs.meets(typed, PASSWORD, 60, NOW)
    assert not proofs.meets(typed, TWO_FACTOR, 60, NOW)
    assert not proofs.meets(typed, PASSKEY, 60, NOW)
    assert proofs.auth_time(typed) == NOW


def test_a_fresh_code_is_a_fresh_password_too() -> None:
    proved = replace(BY_TEXT, proof_at=NOW)

    assert proofs.meets(proved, PASSWORD, 60, NOW)
    assert proofs.meets(proved, TWO_FACTOR, 60, NOW)
    assert proofs.auth_time(proved) == NOW


@pytest.mark.parametrize("needs", LEVELS)
@pytest.mark.parametrize("within", [None, DAY])
def test_a_half_open_session_meets_nothing(needs: str, within: int | None) -> None:
    for each in (BY_PASSWORD, BY_TRUST, BY_PASSKEY, ALONE):
        assert not proofs.meets(replace(each, stage="password"), needs, within, NOW)


def test_a_need_that_nobody_knows_is_never_met() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        proofs.meets(BY_PASSKEY, "two_factor", None, NOW)


def test_a_device_that_is_deleted_leaves_a_password() -> None:
    deleted = replace(BY_TRUST, proved_by=None)

    assert (proofs.acr(deleted), proofs.amr(deleted)) == (PASSWORD, ("pwd",))


def test_a_code_whose_means_were_not_stored_is_a_code() -> None:
    before = replace(BY_TEXT, proof_method=None)

    assert (proofs.acr(before), proofs.amr(before)) == (TWO_FACTOR, ("pwd", "otp", "mfa"))
