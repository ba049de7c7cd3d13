"""Authenticator apps: added by typing a code that they show, renamed, removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update

from trustweb import factors, journal, notices, one_time_code
from trustweb.codes import challenges, sending
from trustweb.codes.challenges import ADD_APP, Destination
from trustweb.database import Refused, Work
from trustweb.factors import enrolled
from trustweb.models import APP_SECRET, NOW, AppView, AuthenticatorApp, ChallengeView, Factor, SessionView, columns

MAX_LABEL = 64
_NEW = Destination("app", "", "", "")
_ADD_FACTOR, _ADD = insert(Factor), insert(AuthenticatorApp)
_FACTOR = update(Factor).where(Factor.id == bindparam("app"))
_RENAME = _FACTOR.values(label=bindparam("new_label"))
_REMOVE = _FACTOR.where(Factor.removed_at.is_(None)).values(removed_at=NOW)
_RESTORE = _FACTOR.where(Factor.removed_at.is_not(None)).values(removed_at=None)


@dataclass(frozen=True, slots=True)
class Resting(AppView):
    """An app that was removed lately."""

    removed_at: datetime


_RESTING = (
    select(*columns(Resting, Factor))
    .where(
        Factor.account_id == bindparam("account"),
        Factor.kind == enrolled.APP,
        Factor.removed_at > bindparam("since"),
    )
    .order_by(Factor.id)
)


class TooManyApps(Refused):
    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


def destination(app: AppView) -> Destination:
    """Of its own, so that no other factor's challenge passes for the app's."""
    return Destination(f"app {app.public_id}", "", "", app.label, app.id)


def begin(work: Work, session: SessionView) -> None:
    """Make the secret that a new app is given. Raises FreshProofNeeded, TooManyApps or challenges.NoTriesLeft."""
    factors.require_fresh_proof(session, work.now)
    _check_room(work, session)
    sending.begin(work, session, ADD_APP, _NEW)


def _check_room(work: Work, session: SessionView) -> None:
    if len(enrolled.of(work, session.account_id).apps) >= work.config.max_apps:
        raise TooManyApps(work.config.max_apps)


def secret_of_new(work: Work, challenge: ChallengeView) -> str | None:
    """What the new app is to be given; None when it is too late, or the key ring has lost its key."""
    if challenge.expires_at <= work.now or challenge.tries_left <= 0:
        return None
    try:
        return one_time_code.secret_of(challenge, work.keys)
    except ValueError:
        return None


def verify(work: Work, session: SessionView, typed: str, *, label: str) -> bool:
    """Add the app that shows this code; True when it turned two-factor on.

    The window for changes was open when the secret was asked for, and need not be any more.
    Raises TooManyApps or what challenges.check raises.
    """
    challenge = challenges.check(work, session, ADD_APP, typed)
    _check_room(work, session)
    secret = one_time_code.secret_of(challenge, work.keys)
    step = one_time_code.step_of(secret, one_time_code.read(typed), work.now)
    label = label.strip()[:MAX_LABEL]
    factor_id = work.insert(_ADD_FACTOR, factors.row(work, session, enrolled.APP, label))
    sealed = work.keys.seal(APP_SECRET, secret.encode())
    # The code that was typed just now is used, too.
    work.execute(_ADD, {"factor_id": factor_id, "secret": sealed, "last_step": step})
    factors.doubt_devices(work, session)
    notices.tell(work, session.account_id, "app_added", {"label": label})
    return factors.turn_two_factor_on(work, session)


def rename(work: Work, session: SessionView, public_id: str, label: str) -> None:
    """Raises FreshProofNeeded or NotFound."""
    factors.require_fresh_proof(session, work.now)
    app = factors.find(enrolled.of(work, session.account_id).apps, public_id)
    label = label.strip()[:MAX_LABEL]
    if label == app.label:
        return
    work.execute(_RENAME, {"app": app.id, "new_label": label})
    journal.write(work, session.account_id, "app_renamed", label=label, before=app.label)


def check_removal(work: Work, session: SessionView, public_id: str) -> AppView:
    """Whether the app may go now. Raises NotFound, LastFactor, Frozen or RemovalTooEarly."""
    mine = enrolled.of(work, session.account_id)
    app = factors.find(mine.apps, public_id)
    factors.require_removable(work, session, app, mine.sign_in_factors, one_stays=True)
    return app


def remove(work: Work, session: SessionView, public_id: str) -> AppView:
    """Remove an app at once; it rests for a while. Raises FreshProofNeeded or what check_removal raises."""
    factors.require_fresh_proof(session, work.now)
    app = check_removal(work, session, public_id)
    if not work.changed(_REMOVE, {"app": app.id, "now": work.now}):
        raise factors.NotFound
    challenges.end_of_factor(work, app.id)
    factors.end_sessions_of(work, session, app.id)
    factors.doubt_devices(work, session)
    notices.tell(work, session.account_id, "app_removed", {"label": app.label})
    return app


def resting(work: Work, account_id: int) -> list[Resting]:
    """The apps that were removed lately, and may be put back."""
    since = work.now - timedelta(seconds=work.config.removed_rest)
    return [Resting(*row) for row in work.execute(_RESTING, {"account": account_id, "since": since})]


def restore(work: Work, session: SessionView, public_id: str) -> None:
    """Put a removed app back as it was. Raises FreshProofNeeded, NotFound, RestoringTooYoung or TooManyApps."""
    factors.require_fresh_proof(session, work.now)
    app = factors.find(resting(work, session.account_id), public_id)
    factors.require_older_proof(work, session, app.removed_at)
    _check_room(work, session)
    if not work.changed(_RESTORE, {"app": app.id}):
        raise factors.NotFound
    factors.doubt_devices(work, session)
    notices.tell(work, session.account_id, "app_restored", {"label": app.label})
