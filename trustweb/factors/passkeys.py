"""Passkeys and security keys: added, renamed, removed, put back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from trustweb import factors, journal, notices
from trustweb.config import ConfigError
from trustweb.database import Refused, Work
from trustweb.factors import ceremonies, enrolled
from trustweb.factors.ceremonies import Asker
from trustweb.models import NOW, Account, Factor, Passkey, PasskeyView, SessionView, Site, columns

MAX_LABEL = 64
ADD = "add_passkey"

_ACCOUNT = select(Account.name, Account.user_handle).where(Account.id == bindparam("account"))
_ADD_FACTOR, _ADD = insert(Factor), insert(Passkey)
_FACTOR = update(Factor).where(Factor.id == bindparam("passkey"))
_RENAME = _FACTOR.values(label=bindparam("new_label"))
_REMOVE = _FACTOR.where(Factor.removed_at.is_(None)).values(removed_at=NOW)
_RESTORE = _FACTOR.where(Factor.removed_at.is_not(None)).values(removed_at=None)
_PASSKEY = update(Passkey).where(Passkey.factor_id == bindparam("passkey"))
_REMOVE_PASSKEY = _PASSKEY.values(removed_at=NOW)
_RESTORE_PASSKEY = _PASSKEY.values(removed_at=None)
_CLAIM = update(Site).where(or_(Site.rp_id.is_(None), Site.rp_id != bindparam("host"))).values(rp_id=bindparam("host"))
_CLAIMED = select(Site.rp_id).where(exists().where(Passkey.removed_at.is_(None)))


@dataclass(frozen=True, slots=True)
class Resting(PasskeyView):
    """A passkey that was removed lately."""

    removed_at: datetime


_RESTING = (
    select(*columns(Resting, Factor, Passkey))
    .join(Passkey, Passkey.factor_id == Factor.id)
    .where(Factor.account_id == bindparam("account"), Factor.removed_at > bindparam("since"))
    .order_by(Factor.id)
)


class PasskeyListed(Refused):
    """It was added before."""


class TooManyPasskeys(Refused):
    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


def check_host(work: Work) -> None:
    """Raises ConfigError when the site has moved to a host where nobody's passkey works."""
    host, here = work.execute(_CLAIMED).scalar(), work.config.public_host
    if host is not None and host != here:
        raise ConfigError(
            f"The passkeys of this site belong to {host} and work nowhere else, but TRUSTWEB_PUBLIC_URL is now at "
            f"{here}: set it back, or let their owners remove them there first."
        )


def begin(work: Work, session: SessionView) -> dict[str, Any]:
    """What a browser needs to make a passkey. Raises FreshProofNeeded or TooManyPasskeys."""
    factors.require_fresh_proof(session, work.now)
    passkeys = enrolled.of(work, session.account_id).passkeys
    _check_room(work, passkeys)
    name, handle = work.execute(_ACCOUNT, {"account": session.account_id}).one()
    return ceremonies.to_add(work, Asker(ADD, str(session.id)), user_handle=handle, name=name, passkeys=passkeys)


def _check_room(work: Work, passkeys: Sequence[PasskeyView]) -> None:
    if len(passkeys) >= work.config.max_passkeys:
        raise TooManyPasskeys(work.config.max_passkeys)


def add(work: Work, session: SessionView, text: str, *, label: str) -> bool:
    """Add the passkey that a browser has made; True when it turned two-factor on.

    The window for changes was open when the browser was asked, and need not be any more.
    Raises PasskeyWrong, PasskeyLate, PasskeyListed or TooManyPasskeys.
    """
    answer = ceremonies.read(text)
    ceremonies.check_challenge(work, answer, Asker(ADD, str(session.id)))
    new = ceremonies.verify_new(work, answer)
    ceremonies.use(work, answer)
    _check_room(work, enrolled.of(work, session.account_id).passkeys)
    label = label.strip()[:MAX_LABEL]
    row = {
        "factor_id": work.insert(_ADD_FACTOR, factors.row(work, session, enrolled.PASSKEY, label)),
        "credential_id": new.credential_id,
        "public_key": new.public_key,
        "sign_count": new.sign_count,
        "user_verified": new.user_verified,
        "backed_up": new.backed_up,
    }
    try:
        work.execute(_ADD, row)
    except IntegrityError:
        raise PasskeyListed from None
    work.execute(_CLAIM, {"host": work.config.public_host})
    factors.doubt_devices(work, session)
    notices.tell(work, session.account_id, "passkey_added", {"label": label})
    return factors.turn_two_factor_on(work, session)


def rename(work: Work, session: SessionView, public_id: str, label: str) -> None:
    """Raises FreshProofNeeded or NotFound."""
    factors.require_fresh_proof(session, work.now)
    passkey = factors.find(enrolled.of(work, session.account_id).passkeys, public_id)
    label = label.strip()[:MAX_LABEL]
    if label == passkey.label:
        return
    work.execute(_RENAME, {"passkey": passkey.id, "new_label": label})
    journal.write(work, session.account_id, "passkey_renamed", label=label, before=passkey.label)


def check_removal(work: Work, session: SessionView, public_id: str) -> PasskeyView:
    """Whether the passkey may go now. Raises NotFound, LastFactor, Frozen or RemovalTooEarly."""
    mine = enrolled.of(work, session.account_id)
    passkey = factors.find(mine.passkeys, public_id)
    factors.require_removable(work, session, passkey, mine.sign_in_factors, one_stays=True)
    return passkey


def remove(work: Work, session: SessionView, public_id: str) -> PasskeyView:
    """Remove a passkey at once; it rests for a while. Raises FreshProofNeeded or what check_removal raises."""
    factors.require_fresh_proof(session, work.now)
    passkey = check_removal(work, session, public_id)
    if not work.changed(_REMOVE, {"passkey": passkey.id, "now": work.now}):
        raise factors.NotFound
    work.execute(_REMOVE_PASSKEY, {"passkey": passkey.id, "now": work.now})
    factors.end_sessions_of(work, session, passkey.id)
    factors.doubt_devices(work, session)
    notices.tell(work, session.account_id, "passkey_removed", {"label": passkey.label})
    return passkey


def resting(work: Work, account_id: int) -> list[Resting]:
    """The passkeys that were removed lately, and may be put back."""
    since = work.now - timedelta(seconds=work.config.removed_rest)
    return [Resting(*row) for row in work.execute(_RESTING, {"account": account_id, "since": since})]


def restore(work: Work, session: SessionView, public_id: str) -> None:
    """Put a removed passkey back as it was.

    Raises FreshProofNeeded, NotFound, RestoringTooYoung, PasskeyListed or TooManyPasskeys.
    """
    factors.require_fresh_proof(session, work.now)
    passkey = factors.find(resting(work, session.account_id), public_id)
    factors.require_older_proof(work, session, passkey.removed_at)
    _check_room(work, enrolled.of(work, session.account_id).passkeys)
    try:
        work.execute(_RESTORE_PASSKEY, {"passkey": passkey.id})
    except IntegrityError:  # added anew meanwhile
        raise PasskeyListed from None
    if not work.changed(_RESTORE, {"passkey": passkey.id}):
        raise factors.NotFound
    work.execute(_CLAIM, {"host": work.config.public_host})
    factors.doubt_devices(work, session)
    notices.tell(work, session.account_id, "passkey_restored", {"label": passkey.label})
