"""App-specific passwords, for programs that cannot ask for a code. Each opens one service; none signs in here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import bindparam, delete, func, insert, select, update

from trustweb import factors, notices
from trustweb.accounts import clean_display_name
from trustweb.factors import crockford
from trustweb.keys import KeyRing
from trustweb.models import NOW, AppPassword, AppPasswordView, SessionView, columns
from trustweb.work import Refused, Work

PREFIX = "twap"
"""The first characters, by which secret scanners recognise one that was published by mistake.

They are letters of Crockford's alphabet, so ``crockford.read`` reads the whole password.
"""
_HANDLE, _SECRET = 8, 20
"""Lengths in characters of five random bits."""
_DOUBLE_CLICK = timedelta(seconds=10)
_MINE = (AppPassword.account_id == bindparam("account"), AppPassword.revoked_at.is_(None))
_ALL = select(*columns(AppPasswordView, AppPassword)).where(*_MINE).order_by(AppPassword.id)
_BY_FORM = select(AppPassword.created_at, AppPassword.revoked_at).where(AppPassword.public_id == bindparam("form"))
_MAKE = insert(AppPassword)
_REVOKE_ALL = update(AppPassword).where(*_MINE).values(revoked_at=NOW)
_REVOKE_AT = _REVOKE_ALL.where(AppPassword.service == bindparam("of"))
_REVOKE_YOUNG = _REVOKE_ALL.where(AppPassword.created_at > bindparam("since"))
_REVOKE = _REVOKE_ALL.where(AppPassword.public_id == bindparam("which"))
_OF_SERVICE = (AppPassword.service == bindparam("of_service"), AppPassword.revoked_at.is_(None))
_COUNT_OF_SERVICE = select(func.count()).select_from(AppPassword).where(*_OF_SERVICE)
_WHOSE = select(AppPassword.account_id).where(*_OF_SERVICE).distinct().order_by(AppPassword.account_id)
_REVOKE_OF_SERVICE = update(AppPassword).where(*_OF_SERVICE).values(revoked_at=NOW)
_FORGET = delete(AppPassword).where(AppPassword.revoked_at < bindparam("before"))


class TooManyAppPasswords(Refused):
    """The account has its ``most`` app-specific passwords already."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class NameMissing(Refused):
    """The new password has no name, by which its owner could recognise the program later."""


class AppPasswordAlreadyShown(Refused):
    """The form has made its password already, and it is shown only once."""


@dataclass(frozen=True, slots=True)
class Parts:
    """An app-specific password: the handle, which finds its row, and the secret."""

    handle: str
    secret: str

    def __str__(self) -> str:
        whole = self.handle + self.secret
        return f"{PREFIX}-{crockford.grouped(whole, 4)}"

    def mac(self, keys: KeyRing, account_id: int, service: str) -> str:
        return keys.sign("app password", self._signed(account_id, service))

    def fits(self, keys: KeyRing, account_id: int, service: str, mac: str) -> bool:
        """Return True if the row's MAC is this password's; False also when the key ring no longer has its key."""
        try:
            return keys.signed("app password", self._signed(account_id, service), mac)
        except ValueError:
            return False

    def _signed(self, account_id: int, service: str) -> str:
        # The account and the service are signed too, so that nobody who can write to the database can move the row to
        # another account or service.
        return f"{account_id} {service} {self.handle} {self.secret}"


def read(typed: str) -> Parts | None:
    """Read a password as it was typed or pasted: in capitals, with blanks or other dashes, with O for 0 and l for 1.

    None when it cannot be one.
    """
    whole = (crockford.read(typed, len(PREFIX) + _HANDLE + _SECRET) or "").lower()
    body = whole.removeprefix(PREFIX)
    return Parts(body[:_HANDLE], body[_HANDLE:]) if body != whole else None


def listed(work: Work, account_id: int) -> list[AppPasswordView]:
    return [AppPasswordView(*row) for row in work.execute(_ALL, {"account": account_id})]


def check_new(work: Work, session: SessionView) -> None:
    """Refuse a new password that this session may not make now.

    Raises FreshProofNeeded, TooManyAppPasswords, or NotFound while two-factor is off: programs can then use the
    account's own password.
    """
    if not factors.is_two_factor_on(work, session.account_id):
        raise factors.NotFound
    if len(listed(work, session.account_id)) >= work.config.max_app_passwords:
        raise TooManyAppPasswords(work.config.max_app_passwords)
    factors.require_fresh_proof(session, work.now)


def make(work: Work, session: SessionView, form: str, *, name: str, service: str, services: Collection[str]) -> Parts:
    """Make the password of a form. The second click of a double click gets the same one; a reload gets none.

    ``services``: the names of those that it may be for.

    Raises AppPasswordAlreadyShown, NameMissing or what check_new raises.
    """
    public_id = work.keys.digest("app password form", f"{session.id} {form}")
    parts = _draw(work.keys, f"{session.id} {form}")
    earlier = work.execute(_BY_FORM, {"form": public_id}).one_or_none()
    if earlier is not None and (earlier.revoked_at or work.now - earlier.created_at > _DOUBLE_CLICK):
        raise AppPasswordAlreadyShown
    if earlier is not None:
        return parts
    check_new(work, session)
    if service not in services:
        raise factors.NotFound
    if not (name := clean_display_name(name)):
        raise NameMissing
    row = {
        "account_id": session.account_id,
        "public_id": public_id,
        "name": name,
        "service": service,
        "handle": parts.handle,
        "mac": parts.mac(work.keys, session.account_id, service),
        "created_at": work.now,
    }
    work.execute(_MAKE, row)
    notices.tell(work, session.account_id, "app_password_made", {"label": name, "service": service})
    return parts


def _draw(keys: KeyRing, form: str) -> Parts:
    """Derive the password from the form's random value with a key.

    So the second click of a double click gets the same password, although it is not stored.
    """
    number = int(keys.token("app password secret", form), 16)
    drawn = "".join(crockford.ALPHABET[number >> 5 * at & 31] for at in range(_HANDLE + _SECRET)).lower()
    return Parts(drawn[:_HANDLE], drawn[_HANDLE:])


def revoke(work: Work, session: SessionView, public_id: str) -> None:
    """Revoke one at once. Raises NotFound. It needs no fresh proof, since its owner does not sign in with it."""
    found = factors.find(listed(work, session.account_id), public_id)
    work.execute(_REVOKE, {"account": session.account_id, "which": public_id, "now": work.now})
    notices.tell(work, session.account_id, "app_password_revoked", {"label": found.name, "service": found.service})


def revoke_all(work: Work, account_id: int) -> None:
    """Revoke all of an account's: at its owner's request, with a new password, or when two-factor is turned off."""
    if work.changed(_REVOKE_ALL, {"account": account_id, "now": work.now}):
        notices.tell(work, account_id, "app_passwords_revoked")


def revoke_at(work: Work, account_id: int, service: str) -> None:
    """Revoke all of an account's for one service, at its owner's request."""
    if work.changed(_REVOKE_AT, {"account": account_id, "of": service, "now": work.now}):
        notices.tell(work, account_id, "app_passwords_revoked", {"service": service})


def revoke_young(work: Work, account_id: int) -> None:
    """Revoke those of the last day, which a thief may have made, after a change was reported as not the owner's."""
    since = work.now - timedelta(seconds=work.config.trust_age)
    if work.changed(_REVOKE_YOUNG, {"account": account_id, "since": since, "now": work.now}):
        notices.tell(work, account_id, "app_passwords_revoked")


def count_of_service(work: Work, service: str) -> int:
    """Return how many app-specific passwords a service has."""
    return cast("int", work.execute(_COUNT_OF_SERVICE, {"of_service": service}).scalar_one())


def revoke_of_service(work: Work, service: str) -> list[int]:
    """Revoke all of a service, which is for programs no longer. Return whose they were; nobody is told."""
    whose: list[int] = work.execute(_WHOSE, {"of_service": service}).scalars()
    work.execute(_REVOKE_OF_SERVICE, {"of_service": service, "now": work.now})
    return whose


def forget_revoked(work: Work) -> None:
    work.execute(_FORGET, {"before": work.now - timedelta(seconds=work.config.removed_rest)})
