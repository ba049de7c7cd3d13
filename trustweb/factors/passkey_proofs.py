"""Proofs by passkey: instead of a code, or instead of both password and code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, and_, bindparam, or_, select, update

from trustweb import notices
from trustweb.codes import failures
from trustweb.factors import ceremonies
from trustweb.factors.ceremonies import ALONE, Answer, Binding, PasskeyWrong, Signed
from trustweb.models import NOW, PASSKEY, Account, Factor, Passkey, PasskeyKey, PasskeyView, Proof, SessionView, columns
from trustweb.work import Refused, Work

_KEY = (
    select(*columns(PasskeyKey, Factor, Passkey, Account))
    .join(Passkey, Passkey.factor_id == Factor.id)
    .join(Account, Account.id == Factor.account_id)
    .where(Passkey.credential_id == bindparam("credential"), Passkey.removed_at.is_(None), Factor.removed_at.is_(None))
)
_FACTOR = update(Factor).where(Factor.id == bindparam("passkey"))
_USED = _FACTOR.values(last_proved_at=NOW, fails_in_row=0, disabled_at=None)
_DISABLE = _FACTOR.where(Factor.disabled_at.is_(None)).values(disabled_at=NOW)
# The signature counter. Many authenticators always send 0. One that counts sends a higher number each time, so a clone
# of it repeats a number sooner or later. But a synced passkey counts separately on each of the person's devices.
_COUNT = (
    update(Passkey)
    .where(
        Passkey.factor_id == bindparam("passkey"),
        or_(
            bindparam("synced", type_=Boolean),
            Passkey.sign_count < bindparam("count"),
            and_(Passkey.sign_count == 0, bindparam("count") == 0),
        ),
    )
    .values(sign_count=bindparam("count"), backed_up=bindparam("copied"), backup_eligible=bindparam("eligible"))
)


class PasskeyCloned(Refused):
    """The passkey is disabled, because its counter looked like a clone's, now or earlier."""

    keeps_changes = True


def to_prove(
    work: Work, session: SessionView, purpose: str, passkeys: Sequence[PasskeyView], *, verified: bool = False
) -> dict[str, Any] | None:
    """Return the options with which a browser uses one of these passkeys; None when none of them can be used.

    ``verified``: only one counts that asks for a finger, a face or a PIN.
    """
    usable = [each for each in passkeys if each.disabled_at is None or session.known_browser]
    usable = [each for each in usable if each.user_verified or not verified]
    if not usable:
        return None
    options = ceremonies.to_prove(work.config, work.keys, work.now, Binding(purpose, str(session.id)), usable)
    return options | {"userVerification": "required"} if verified else options


def prove(work: Work, session: SessionView, purpose: str, text: str) -> tuple[PasskeyView, Proof]:
    """Check a passkey's answer instead of a code. Raises PasskeyWrong, PasskeyLate, PasskeyCloned or limits.TooOften.

    A wrong answer counts as a wrong code does; but nobody guesses a signature, so a right one is accepted however many
    were wrong before. In a browser that the account knows, a right answer also enables a disabled passkey, and accepts
    one that has become synced: otherwise somebody's clone, or an update of the password manager, would lock the owner
    out.
    """
    answer = ceremonies.read(text)
    ceremonies.check_challenge(work, answer, Binding(purpose, str(session.id)))
    try:
        passkey = _key(work, answer, session.account_id)
        signed = ceremonies.verify(work, answer, passkey)
        if not session.known_browser:
            _check_eligibility(passkey, signed)
    except PasskeyWrong:
        failures.begin(work, session)
        failures.count(work, session, None)
        raise
    _take(work, answer, passkey, signed, believed=session.known_browser)
    return passkey, Proof(passkey.id, PASSKEY, user_verified=_has_verified(passkey, signed))


def owner(work: Work, text: str, family: str) -> int:
    """Return the account id of the passkey that an answer names, before the signature is verified.

    For answers instead of password and code. Raises PasskeyWrong or PasskeyLate.
    """
    answer = ceremonies.read(text)
    ceremonies.check_challenge(work, answer, Binding(ALONE, family))
    return _key(work, answer).account_id


def prove_alone(work: Work, text: str, family: str) -> tuple[PasskeyView, Proof]:
    """Check a passkey's answer instead of password and code. Raises PasskeyWrong, PasskeyLate or PasskeyCloned.

    Two factors: the key, and the PIN, finger or face with which it verified the user.
    """
    answer = ceremonies.read(text)
    ceremonies.check_challenge(work, answer, Binding(ALONE, family))
    passkey = _key(work, answer)
    signed = ceremonies.verify(work, answer, passkey)
    if not (_has_verified(passkey, signed) and answer.user_handle):
        raise PasskeyWrong
    _check_eligibility(passkey, signed)
    _take(work, answer, passkey, signed)
    return passkey, Proof(passkey.id, PASSKEY, user_verified=True)


def _has_verified(passkey: PasskeyKey, signed: Signed) -> bool:
    """Return True if the passkey verified the user now (WebAuthn's UV flag), and when it was added too.

    Whoever finds a security key without a PIN can set one.
    """
    return signed.user_verified and passkey.user_verified


def _check_eligibility(passkey: PasskeyKey, signed: Signed) -> None:
    """Refuse a passkey that was bound to one device and now says that it is synced, or the other way round.

    WebAuthn says that this flag never changes. Raises PasskeyWrong.
    """
    if passkey.backup_eligible not in (None, signed.backup_eligible):
        raise PasskeyWrong


def _key(work: Work, answer: Answer, account_id: int | None = None) -> PasskeyKey:
    row = work.execute(_KEY, {"credential": answer.credential_id}).one_or_none()
    passkey = PasskeyKey(*row) if row else None
    if passkey is None or passkey.account_id != (account_id or passkey.account_id):
        raise PasskeyWrong
    if answer.user_handle and answer.user_handle != passkey.user_handle:
        raise PasskeyWrong
    return passkey


def _take(work: Work, answer: Answer, passkey: PasskeyKey, signed: Signed, *, believed: bool = False) -> None:
    """Use up a verified answer, and store its counter. Raises PasskeyLate or PasskeyCloned.

    ``believed``: accept a disabled passkey too, if its counter has risen or means nothing (0, or a synced passkey).
    """
    ceremonies.use(work, answer)
    counting = {
        "passkey": passkey.id,
        "count": signed.sign_count,
        "copied": signed.backed_up,
        "eligible": signed.backup_eligible,
        "synced": passkey.backup_eligible or signed.backup_eligible,
    }
    off = passkey.disabled_at is not None and not believed
    if off or not work.changed(_COUNT, counting):
        if work.changed(_DISABLE, {"passkey": passkey.id, "now": work.now}):
            notices.tell(work, passkey.account_id, "passkey_cloned", {"label": passkey.label})
        raise PasskeyCloned
    work.execute(_USED, {"passkey": passkey.id, "now": work.now})
