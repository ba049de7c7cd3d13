"""Enrolment of passkeys and security keys."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, exists, or_, select, update

from trustweb import factors
from trustweb.config import ConfigError
from trustweb.factors import ceremonies, enrolled, enrolment
from trustweb.factors.ceremonies import Binding
from trustweb.models import Account, Passkey, PasskeyView, SessionView, Site
from trustweb.work import Refused, Work

ADD = "add_passkey"

_ACCOUNT = select(Account.name, Account.user_handle).where(Account.id == bindparam("account"))
_CLAIM = update(Site).where(or_(Site.rp_id.is_(None), Site.rp_id != bindparam("host"))).values(rp_id=bindparam("host"))
_CLAIMED = select(Site.rp_id).where(exists().where(Passkey.removed_at.is_(None)))


class PasskeyListed(Refused):
    """The passkey is enrolled already."""


class TooManyPasskeys(enrolment.TooMany):
    pass


_ENROLMENT = enrolment.SignInEnrolment(
    view=PasskeyView,
    most=lambda config: config.max_passkeys,
    too_many=TooManyPasskeys,
    duplicate_error=PasskeyListed,
)
find, rename, check_removal = _ENROLMENT.find, _ENROLMENT.rename, _ENROLMENT.check_removal
remove, restorable = _ENROLMENT.remove, _ENROLMENT.restorable


def check_host(work: Work) -> None:
    """Refuse a configuration whose host is not the one that the passkeys belong to. Raises ConfigError."""
    host, here = work.execute(_CLAIMED).scalar(), work.config.public_host
    if host is not None and host != here:
        raise ConfigError(
            f"The passkeys of this site belong to {host} and work nowhere else, but TRUSTWEB_PUBLIC_URL is now at "
            f"{here}: set it back, or let their owners remove them there first."
        )


def begin(work: Work, session: SessionView) -> dict[str, Any]:
    """Return the options with which a browser creates a passkey. Raises FreshProofNeeded or TooManyPasskeys."""
    factors.require_fresh_proof(session, work.now)
    _ENROLMENT.check_room(work, session.account_id)
    passkeys = enrolled.of(work, session.account_id).passkeys
    name, handle = work.execute(_ACCOUNT, {"account": session.account_id}).one()
    return ceremonies.to_add(work, Binding(ADD, str(session.id)), user_handle=handle, name=name, passkeys=passkeys)


def add(work: Work, session: SessionView, text: str, *, label: str) -> bool:
    """Add the passkey that a browser has created. Return True if it turned two-factor on.

    The step-up window had to be open when the options were made, and may be over now. Raises PasskeyWrong, PasskeyLate,
    PasskeyListed or TooManyPasskeys.
    """
    answer = ceremonies.read(text)
    ceremonies.check_challenge(work, answer, Binding(ADD, str(session.id)))
    new = ceremonies.verify_new(work, answer)
    ceremonies.use(work, answer)
    label = enrolment.shorten(label)
    turned_on = _ENROLMENT.add(
        work,
        session,
        label,
        {"label": label},
        credential_id=new.credential_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        user_verified=new.user_verified,
        backed_up=new.backed_up,
        backup_eligible=new.backup_eligible,
        transports=new.transports,
    )
    work.execute(_CLAIM, {"host": work.config.public_host})
    return turned_on


def restore(work: Work, session: SessionView, public_id: str) -> None:
    """Restore a removed passkey as it was.

    Raises FreshProofNeeded, NotFound, RestoringTooYoung, PasskeyListed or TooManyPasskeys.
    """
    _ENROLMENT.restore(work, session, public_id)
    work.execute(_CLAIM, {"host": work.config.public_host})
