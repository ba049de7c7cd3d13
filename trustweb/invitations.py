"""Invitations: the one-use links that create accounts, and the set-up link of the first one."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from trustweb import accounts, journal
from trustweb.accounts import OPERATOR, PERSON, NameTaken, token_hash
from trustweb.models import NOW, Account, Invitation
from trustweb.work import Refused, Work

_MAKE_BY_MAIL = insert(Invitation).values(role=PERSON, set_up=False, by_mail=True)
_FORGET_UNUSED = delete(Invitation).where(Invitation.by_mail, Invitation.used_at.is_(None), Invitation.expires_at < NOW)


class InvitationSpent(Refused):
    """The link was used, is too old or never existed."""


def make(work: Work, *, name: str | None = None, role: str = PERSON, language: str | None = None) -> str:
    """Make an invitation and return the token of its one-use link; only the hash is stored."""
    token = secrets.token_urlsafe(32)
    work.db.add(
        Invitation(
            token_hash=token_hash(token),
            name=accounts.clean_name(name) if name else None,
            role=role,
            language=language,
            created_at=work.now,
            expires_at=work.now + timedelta(seconds=work.config.invitation_life),
        )
    )
    return token


def make_by_mail(work: Work, token: str, name: str, expires_at: datetime) -> None:
    """Store an invitation whose link goes to the name's mailbox, so that using it proves the address."""
    values = {"token_hash": token_hash(token), "name": name, "created_at": work.now, "expires_at": expires_at}
    work.execute(_MAKE_BY_MAIL, values)


def forget_unused(work: Work) -> None:
    """Delete unused invitations by mail that have expired: anybody can cause them, without end."""
    work.execute(_FORGET_UNUSED, {"now": work.now})


def _somebody(work: Work) -> bool:
    return bool(work.db.scalar(select(exists().where(Account.id > 0))))


def make_set_up_link(work: Work) -> str | None:
    """Make the link for the first account and return its token; None when there is an account or such a link."""
    token = secrets.token_urlsafe(32)
    if _somebody(work):
        return None
    try:
        with work.savepoint():
            work.execute(
                insert(Invitation).values(token_hash=token_hash(token), role=OPERATOR, set_up=True, created_at=work.now)
            )
    except IntegrityError:
        return None
    return token


def renew_set_up_link(work: Work) -> str | None:
    """Replace a set-up link that was lost unused, and return the new token; None when there is an account."""
    if _somebody(work):
        return None
    token = secrets.token_urlsafe(32)
    lost = update(Invitation).where(Invitation.set_up, Invitation.used_at.is_(None))
    if work.changed(lost.values(token_hash=token_hash(token))):
        return token
    return make_set_up_link(work)


def find(work: Work, token: str) -> Invitation:
    """Return the invitation of a link. Raises InvitationSpent."""
    found = work.db.scalar(select(Invitation).where(Invitation.token_hash == token_hash(token)))
    if found is None or found.used_at or (found.expires_at and found.expires_at <= work.now):
        raise InvitationSpent
    if found.set_up and _somebody(work):  # it is for the first account, not for a second operator later
        raise InvitationSpent
    return found


def accept(work: Work, token: str, *, name: str, password_hash: str, language: str, time_zone: str) -> Account:
    """Use up an invitation for a new account. Raises InvitationSpent, NameRefused or NameTaken."""
    invitation = find(work, token)
    # This locks the site's row before the invitation's, as other transactions do: otherwise a deadlock.
    account_id = accounts.next_id(work)
    name = invitation.name or accounts.clean_name(name)
    # The row count decides who is first: of fifty concurrent requests, one gets an account.
    spend = update(Invitation).where(Invitation.id == invitation.id, Invitation.used_at.is_(None))
    if not work.changed(spend.values(used_at=work.now)):
        raise InvitationSpent
    account = Account(
        id=account_id,
        name=name,
        name_key=accounts.name_key(name),
        role=invitation.role,
        language=language,
        time_zone=time_zone,
        password_hash=password_hash,
        password_changed_at=work.now,
        created_at=work.now,
    )
    work.db.add(account)
    try:
        work.db.flush()
    except IntegrityError:
        raise NameTaken from None
    work.db.execute(update(Invitation).where(Invitation.id == invitation.id).values(account_id=account.id))
    journal.write(work, account.id, "account_created")
    return account
