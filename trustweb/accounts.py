"""Accounts, their names, and the invitations that create them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Boolean, bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from trustweb import journal, mail_addresses
from trustweb.database import Refused, Work
from trustweb.models import NOW, Account, Credentials, Invitation, Moment, Site, columns
from trustweb.typed import one_line

OPERATOR = "operator"
PERSON = "person"
MAX_DISPLAY_NAME = 64
_DESCRIBE = (
    update(Account)
    .where(
        Account.id == bindparam("account"),
        or_(
            Account.display_name != bindparam("called"),
            Account.language != bindparam("speaks"),
            Account.time_zone != bindparam("zone"),
        ),
    )
    .values(display_name=bindparam("called"), language=bindparam("speaks"), time_zone=bindparam("zone"))
)
_CREDENTIALS = select(*columns(Credentials, Account))
_BY_NAME = _CREDENTIALS.where(Account.name_key == bindparam("key"))
_BY_ID = _CREDENTIALS.add_columns(*journal.HEAD).where(Account.id == bindparam("account"))
_DISABLE = (
    update(Account)
    .where(Account.id == bindparam("account"), Account.disabled_at.is_(None) == bindparam("open", type_=Boolean))
    .values(disabled_at=bindparam("at", type_=Moment), deletes_at=None, two_factor_off_at=None)
)
_INVITE_BY_MAIL = insert(Invitation).values(role=PERSON, set_up=False, by_mail=True)
_FORGET_UNUSED = delete(Invitation).where(Invitation.by_mail, Invitation.used_at.is_(None), Invitation.expires_at < NOW)
_NEXT_ID = update(Site).values(last_account=Site.last_account + 1).returning(Site.last_account)


class NameRefused(Refused):
    """The sign-in name is not an e-mail address."""


class NameTaken(Refused):
    """An account has this name already. Only somebody with an invitation or the command line is told."""


class InvitationSpent(Refused):
    """The link was used, is too old or never existed."""


def name_key(name: str) -> str:
    """Return the key that names are looked up by, equal for all spellings of an address; "" if it is no address."""
    return mail_addresses.key(name)


def clean_name(name: str) -> str:
    """Check and normalise a new name. Raises NameRefused."""
    try:
        return mail_addresses.clean(name)
    except ValueError:
        raise NameRefused from None


def clean_display_name(name: str) -> str:
    """Return one line of visible characters, cut to MAX_DISPLAY_NAME."""
    return one_line(one_line(name)[:MAX_DISPLAY_NAME])


def describe(work: Work, account_id: int, *, display_name: str, language: str, time_zone: str) -> None:
    """Store a person's display name, language and time zone."""
    called = clean_display_name(display_name)
    if work.changed(_DESCRIBE, {"account": account_id, "called": called, "speaks": language, "zone": time_zone}):
        journal.write(work, account_id, "details_changed")


def token_hash(token: str) -> str:
    # Tokens have 256 random bits, so a plain hash cannot be reversed, and a look-up by it leaks nothing by its timing.
    return hashlib.sha256(token.encode()).hexdigest()


def find(work: Work, name: str) -> Account | None:
    return work.db.scalar(select(Account).where(Account.name_key == name_key(name)))


def credentials(work: Work, name: str) -> Credentials | None:
    """Return what a password check needs of the account with a name."""
    row = work.execute(_BY_NAME, {"key": name_key(name)}).one_or_none()
    return Credentials(*row) if row else None


def credentials_by_id(work: Work, account_id: int) -> Credentials | None:
    """Return an account's credentials, in the transaction that acts on a password check; None when it was deleted."""
    found = work.execute(_BY_ID, {"account": account_id}).one_or_none()
    if found is None:
        return None
    *row, seq, head = found
    work.heads[account_id] = (seq, head)
    return Credentials(*row)


def listed(work: Work) -> Sequence[Account]:
    return work.db.scalars(select(Account).order_by(Account.name_key)).all()


def is_found(account: Account) -> bool:
    """Return True if the account's name leads to it.

    Of two accounts with two spellings of one address, which older versions allowed, only the older one is found.
    """
    return account.name_key == name_key(account.name)


def disable(work: Work, account_id: int, disabled: bool) -> None:
    """Disable an account, or enable it again. Either cancels a planned deletion and a planned end of two-factor."""
    if work.changed(_DISABLE, {"account": account_id, "open": disabled, "at": work.now if disabled else None}):
        journal.write(work, account_id, "account_disabled" if disabled else "account_enabled")


def invite(work: Work, *, name: str | None = None, role: str = PERSON, language: str | None = None) -> str:
    """Make an invitation and return the token of its one-use link; only the hash is stored."""
    token = secrets.token_urlsafe(32)
    work.db.add(
        Invitation(
            token_hash=token_hash(token),
            name=clean_name(name) if name else None,
            role=role,
            language=language,
            created_at=work.now,
            expires_at=work.now + timedelta(seconds=work.config.invitation_life),
        )
    )
    return token


def invite_by_mail(work: Work, token: str, name: str, expires_at: datetime) -> None:
    """Store an invitation whose link goes to the name's mailbox, so that using it proves the address."""
    values = {"token_hash": token_hash(token), "name": name, "created_at": work.now, "expires_at": expires_at}
    work.execute(_INVITE_BY_MAIL, values)


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


def open_invitation(work: Work, token: str) -> Invitation:
    """Return the invitation of a link. Raises InvitationSpent."""
    found = work.db.scalar(select(Invitation).where(Invitation.token_hash == token_hash(token)))
    if found is None or found.used_at or (found.expires_at and found.expires_at <= work.now):
        raise InvitationSpent
    if found.set_up and _somebody(work):  # it is for the first account, not for a second operator later
        raise InvitationSpent
    return found


def next_id(work: Work) -> int:
    """Return an id that no account ever had."""
    found: int = work.execute(_NEXT_ID).scalar_one()
    return found


def accept(work: Work, token: str, *, name: str, password_hash: str, language: str, time_zone: str) -> Account:
    """Use up an invitation for a new account. Raises InvitationSpent, NameRefused or NameTaken."""
    invitation = open_invitation(work, token)
    account_id = next_id(work)  # locks the site's row before the invitation's, as other transactions do (deadlock)
    name = invitation.name or clean_name(name)
    # The row count decides who is first: of fifty concurrent requests, one gets an account.
    spend = update(Invitation).where(Invitation.id == invitation.id, Invitation.used_at.is_(None))
    if not work.changed(spend.values(used_at=work.now)):
        raise InvitationSpent
    account = Account(
        id=account_id,
        name=name,
        name_key=name_key(name),
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
