"""Sign-in and step-up with a recovery key or a backup code instead of a code."""

from __future__ import annotations

from trustweb import journal
from trustweb.authentication import open_recovery, proving
from trustweb.authentication.sign_in import Browser, SignedIn, finish
from trustweb.codes import challenges
from trustweb.codes.challenges import SIGN_IN, STEP_UP
from trustweb.factors import on_paper
from trustweb.factors.on_paper import Way
from trustweb.models import Proof, SessionView
from trustweb.work import Work


def sign_in(work: Work, session: SessionView, way: Way, typed: str, *, browser: Browser) -> SignedIn:
    """Finish signing in. Raises what on_paper.prove raises."""
    factor_id = on_paper.prove(work, session, way, typed)
    challenges.cancel(work, session, SIGN_IN)
    journal.write(work, session.account_id, "signed_in", method=way.method)
    open_recovery.stop(work, session.account_id, factor_id)
    token = proving.promote(work, session, Proof(factor_id, way.kind))
    return finish(work, session.account_id, token, browser)


def open_step_up(work: Work, session: SessionView, way: Way, typed: str) -> None:
    """Open the step-up window. Raises what on_paper.prove raises."""
    factor_id = on_paper.prove(work, session, way, typed)
    challenges.cancel(work, session, STEP_UP)
    proving.open_step_up(work, session, Proof(factor_id, way.kind))
