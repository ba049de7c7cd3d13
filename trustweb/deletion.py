"""Deletion of an account: its owner plans it and may cancel it for some days; then a sweep deletes the account."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.orm import aliased

from trustweb import endings, factors, notices
from trustweb.accounts import OPERATOR
from trustweb.database import Database, retry_later
from trustweb.factors import removal_rules
from trustweb.journal import erasing
from trustweb.models import NOW, Account, Invitation, Moment, SessionView, Site
from trustweb.work import Refused, Work

log = logging.getLogger(__name__)
_THIS = Account.id == bindparam("account")
_DUE = Account.deletes_at <= NOW
_ALL_DUE = select(Account.id).where(_DUE).order_by(Account.id)
_PLAN = update(Account).where(_THIS, Account.deletes_at.is_(None)).values(deletes_at=bindparam("moment", type_=Moment))
_KEEP = update(Account).where(_THIS, Account.deletes_at.is_not(None)).values(deletes_at=None)
_other = aliased(Account)
_LAST_OPERATOR = select(Account.id).where(
    _THIS,
    Account.role == OPERATOR,
    ~exists().where(
        _other.id != Account.id,
        _other.role == OPERATOR,
        _other.disabled_at.is_(None),
        _other.deletes_at.is_(None),
    ),
)
_ONE_AT_A_TIME = select(Site.id).with_for_update()
_STILL_DUE = select(Account.id).where(_THIS, _DUE)
_DELETE_INVITATION = delete(Invitation).where(Invitation.account_id == bindparam("account"))
_DELETE = delete(Account).where(_THIS)


class LastOperator(Refused):
    """The account is the site's last operator."""


class DeletionTooEarly(Refused):
    """The factor that proved the session is too new; ``possible_at`` says when it may plan a deletion."""

    def __init__(self, possible_at: datetime) -> None:
        super().__init__(possible_at)
        self.possible_at = possible_at


def check(work: Work, session: SessionView) -> None:
    """Refuse a session that may not plan the deletion now.

    A thief who got in once and added a number cannot do it for a day. Raises FreshProofNeeded, LastOperator, Frozen or
    DeletionTooEarly.
    """
    factors.require_fresh_proof(session, work.now)
    if work.execute(_LAST_OPERATOR, {"account": session.account_id}).first():
        raise LastOperator
    possible_at = max((each.trusted_from for each in removal_rules.provers(work, session)), default=work.now)
    removal_rules.require_not_frozen(work, session.account_id)
    if possible_at > work.now:
        raise DeletionTooEarly(possible_at)


def plan(work: Work, session: SessionView) -> None:
    """Plan the deletion; if it is planned already, its moment stays. Raises what ``check`` raises."""
    work.execute(_ONE_AT_A_TIME)  # otherwise the last two operators could leave at once
    check(work, session)
    if work.changed(_PLAN, {"account": session.account_id, "moment": planned_moment(work)}):
        notices.tell(work, session.account_id, "account_deletion_planned")


def planned_moment(work: Work) -> datetime:
    """Return the moment of a deletion that is planned now."""
    return work.now + timedelta(seconds=work.config.deletion_rest)


def keep(work: Work, session: SessionView) -> None:
    """Cancel the deletion. Any full session may, so that an owner can undo what a thief planned."""
    if work.changed(_KEEP, {"account": session.account_id}):
        notices.tell(work, session.account_id, "account_kept")


def delete_due(database: Database) -> None:
    """Delete the accounts that are due, one transaction per account."""
    with database.reading() as work:
        due = work.execute(_ALL_DUE, {"now": work.now}).scalars()
    for account_id in due:
        with retry_later(), database.writing(account_id) as work:
            _delete(work, account_id)


def _delete(work: Work, account_id: int) -> None:
    work.execute(_ONE_AT_A_TIME)
    whose = {"account": account_id, "now": work.now}
    if not work.execute(_STILL_DUE, whose).first():  # cancelled, or deleted by another sweep, before we had the lock
        return
    if work.execute(_LAST_OPERATOR, whose).first():  # other operators left or were disabled after it was planned
        log.warning("the last operator's account is not deleted")
        return
    endings.end_all(work, account_id)  # so that apps hear of it
    work.execute(_DELETE_INVITATION, whose)
    erasing.erase(work, account_id)
    work.execute(_DELETE, whose)  # and, by its foreign keys, what belongs to it
    log.info("an account was deleted as planned")
