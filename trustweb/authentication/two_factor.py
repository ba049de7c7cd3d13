"""Turning two-factor authentication off and on, where it is optional; off takes a day, and the owner is told."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, select, update

from trustweb import accounts, factors, journal, notices
from trustweb.authentication import passwords, proving
from trustweb.authentication.sign_in import WrongNameOrPassword
from trustweb.config import Config
from trustweb.database import Database, retry_later
from trustweb.factors import app_passwords, enrolled, removal_rules
from trustweb.models import NOW, Account, SessionView
from trustweb.work import Work

_THIS = update(Account).where(Account.id == bindparam("account"))
_PLAN = _THIS.where(Account.two_factor_since.is_not(None), Account.two_factor_off_at.is_(None)).values(
    two_factor_off_at=bindparam("at")
)
_KEEP = _THIS.where(Account.two_factor_off_at.is_not(None)).values(two_factor_off_at=None)
_DUE = select(Account.id).where(Account.two_factor_off_at <= NOW)
_TURN_OFF = _THIS.where(Account.two_factor_off_at <= NOW).values(two_factor_since=None, two_factor_off_at=None)


def is_optional(config: Config) -> bool:
    return config.two_factor == "optional"


def plan_off(work: Work, session: SessionView, password: str, checked_hash: str) -> None:
    """Plan to turn it off a day from now.

    ``password``: the checked one, which must be long enough to be the only factor. Raises FreshProofNeeded,
    PasswordRefused, WrongNameOrPassword, Frozen or TooYoung.
    """
    factors.require_fresh_proof(session, work.now)
    assert is_optional(work.config)
    if len(passwords.normalise(password)) < passwords.least_length(work.config):
        raise passwords.PasswordRefused("short", passwords.least_length(work.config))
    account = accounts.credentials_by_id(work, session.account_id)
    if account is None or account.password_hash != checked_hash:
        raise WrongNameOrPassword
    _require_older_hand(work, session)
    proving.note_password(work, session)
    at = work.now + timedelta(seconds=work.config.two_factor_off_rest)
    if work.changed(_PLAN, {"account": session.account_id, "at": at}):
        notices.tell(work, session.account_id, "two_factor_off_planned")


def _require_older_hand(work: Work, session: SessionView) -> None:
    """Refuse a proof by a factor of the last day, as for removals: it must not remove older protection."""
    removal_rules.require_not_frozen(work, session.account_id)
    removal_rules.require_older_hand(work, session, enrolled.of(work, session.account_id).sign_in_factors)


def keep_on(work: Work, session: SessionView) -> None:
    """Cancel the plan; every full session may."""
    if work.changed(_KEEP, {"account": session.account_id}):
        journal.write(work, session.account_id, "two_factor_kept")


def turn_on(work: Work, session: SessionView) -> None:
    """Turn it on again with the factors that are enrolled. Raises FreshProofNeeded, or NotFound without a factor."""
    factors.require_fresh_proof(session, work.now)
    if not enrolled.of(work, session.account_id).sign_in_factors:
        raise factors.NotFound
    factors.turn_two_factor_on(work, session)


def turn_off_due(database: Database) -> None:
    """Turn two-factor off where that is due, one transaction per account."""
    if not is_optional(database.config):
        return
    with database.reading() as work:
        due = work.execute(_DUE, {"now": work.now}).scalars()
    for account_id in due:
        with retry_later(), database.writing(account_id) as work:
            if work.changed(_TURN_OFF, {"account": account_id, "now": work.now}):
                app_passwords.revoke_all(work, account_id)
                notices.tell(work, account_id, "two_factor_off")
