"""Step-up: proving a factor opens a window of a few minutes in which changes are allowed.

A change that is asked for outside the window is kept with the session and continues after the proof. Only plain form
values are kept, never a secret.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select, update

from trustweb import accounts
from trustweb.authentication import guesses, proving
from trustweb.authentication.passwords import Hasher
from trustweb.authentication.sessions import Visitor
from trustweb.authentication.sign_in import WrongNameOrPassword
from trustweb.codes import challenges
from trustweb.codes.challenges import STEP_UP
from trustweb.codes.limits import Network
from trustweb.database import Database
from trustweb.factors import passkey_proofs
from trustweb.models import SessionView, SignInSession
from trustweb.work import Work

_THIS = SignInSession.id == bindparam("session")
_KEEP = update(SignInSession).where(_THIS).values(kept_act=bindparam("act"))
_KEPT = select(SignInSession.kept_act).where(_THIS)


def keep(work: Work, session: SessionView, act: dict[str, Any] | None) -> None:
    """Store the act that waits for the proof; None removes it."""
    work.execute(_KEEP, {"session": session.id, "act": act})


def take(work: Work, session: SessionView) -> dict[str, Any] | None:
    """Return the kept act and remove it."""
    act: dict[str, Any] | None = work.execute(_KEPT, {"session": session.id}).scalar_one()
    keep(work, session, None)
    return act


def with_code(work: Work, session: SessionView, typed: str) -> None:
    """Open the window with a code. Raises what challenges.check raises."""
    challenge = challenges.check(work, session, STEP_UP, typed)
    proving.open_step_up(work, session, challenges.proof(challenge))


def with_passkey(work: Work, session: SessionView, answer: str) -> None:
    """Open the window with a passkey. Raises what passkey_proofs.prove raises."""
    _, proof = passkey_proofs.prove(work, session, STEP_UP, answer)
    challenges.cancel(work, session, STEP_UP)
    proving.open_step_up(work, session, proof)


def check_password(database: Database, hasher: Hasher, who: Visitor, network: Network, password: str) -> str:
    """Check a signed-in person's password and return the hash it matched.

    Raises WrongNameOrPassword, passwords.TooBusy or limits.TooOften.
    """
    with database.writing() as work:
        account = accounts.credentials_by_id(work, who.account.id)
        guess = guesses.by_owner(work, who.account.id, who.account.name, who.session.browser_hash or "")
    stored = account.password_hash if account else None
    with guesses.comparing(database, guess):
        right = hasher.verify(stored, password, known_browser=True)
    if not right or stored is None:
        guesses.log_wrong(guess, network)
        raise WrongNameOrPassword
    with database.writing() as work:
        guesses.give_back(work, guess)
    return stored


def with_password(work: Work, session: SessionView, checked_hash: str) -> None:
    """Open the window with a password that was just checked, only while two-factor is off.

    Raises WrongNameOrPassword when either changed meanwhile.
    """
    account = accounts.credentials_by_id(work, session.account_id)
    if account is None or account.two_factor_since is not None or account.password_hash != checked_hash:
        raise WrongNameOrPassword
    proving.open_by_password(work, session)


def cancel(work: Work, session: SessionView) -> None:
    """Drop the kept act and cancel the challenge."""
    keep(work, session, None)
    challenges.cancel(work, session, STEP_UP)
