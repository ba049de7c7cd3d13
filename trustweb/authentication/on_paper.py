"""Sign-in and step-up with a recovery key or a backup code instead of a code."""

from __future__ import annotations

from typing import Any

from trustweb import journal
from trustweb.authentication import open_recovery, proving, step_up
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


def open_step_up(work: Work, session: SessionView, way: Way, typed: str) -> dict[str, Any] | None:
    """Open the step-up window and return the kept act. Raises what on_paper.prove raises."""
    factor_id = on_paper.prove(work, session, way, typed)
    challenges.cancel(work, session, STEP_UP)
    proving.open_step_up(work, session, Proof(factor_id, way.kind))
    return step_up.take(work, session)
