"""Authenticator apps: added by typing a code that they show, renamed, removed."""

from __future__ import annotations

from trustweb import factors, one_time_code
from trustweb.codes import challenges, sending
from trustweb.codes.challenges import ADD_APP, Destination
from trustweb.factors import enrolment
from trustweb.models import APP_SECRET, AppView, ChallengeView, SessionView
from trustweb.work import Work

_NEW = Destination("app", "", "", "")


class TooManyApps(enrolment.TooMany):
    pass


_ENROLMENT = enrolment.SignInEnrolment(
    view=AppView,
    most=lambda config: config.max_apps,
    too_many=TooManyApps,
)
find, rename, check_removal = _ENROLMENT.find, _ENROLMENT.rename, _ENROLMENT.check_removal
remove, restorable, restore = _ENROLMENT.remove, _ENROLMENT.restorable, _ENROLMENT.restore


def destination(app: AppView) -> Destination:
    """Return the app's own destination, so that no other factor's challenge is taken for the app's."""
    return Destination(f"app {app.public_id}", "", "", app.label, app.id)


def begin(work: Work, session: SessionView) -> None:
    """Make the secret for a new app. Raises FreshProofNeeded, TooManyApps or challenges.NoTriesLeft."""
    factors.require_fresh_proof(session, work.now)
    _ENROLMENT.check_room(work, session.account_id)
    sending.begin(work, session, ADD_APP, _NEW)


def secret_of_new(work: Work, challenge: ChallengeView) -> str | None:
    """Return the secret for the new app; None when the challenge is over, or the key ring no longer has its key."""
    if challenge.expires_at <= work.now or challenge.tries_left <= 0:
        return None
    try:
        return one_time_code.secret_of(challenge, work.keys)
    except ValueError:
        return None


def verify(work: Work, session: SessionView, typed: str, *, label: str) -> bool:
    """Add the app that shows this code. Return True if it turned two-factor on.

    The step-up window had to be open when the secret was made, and may be over now. Raises TooManyApps or what
    challenges.check raises.
    """
    challenge = challenges.check(work, session, ADD_APP, typed)
    secret = one_time_code.secret_of(challenge, work.keys)
    step = one_time_code.step_of(secret, one_time_code.read(typed), work.now)
    label = enrolment.shorten(label)
    sealed = work.keys.seal(APP_SECRET, secret.encode())
    # The code that was just typed counts as used, so that nobody can sign in with it.
    return _ENROLMENT.add(work, session, label, {"label": label}, secret=sealed, last_step=step)
