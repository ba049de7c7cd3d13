"""Accounts and their names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import Boolean, bindparam, or_, select, update

from trustweb import journal, mail_addresses
from trustweb.models import Account, Credentials, Moment, Site, columns
from trustweb.typed import one_line
from trustweb.work import Refused, Work

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
_NEXT_ID = update(Site).values(last_account=Site.last_account + 1).returning(Site.last_account)


class NameRefused(Refused):
    """The sign-in name is not an e-mail address."""


class NameTaken(Refused):
    """An account has this name already. Only somebody with an invitation or the command line is told."""


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


def next_id(work: Work) -> int:
    """Return an id that no account ever had."""
    found: int = work.execute(_NEXT_ID).scalar_one()
    return found
