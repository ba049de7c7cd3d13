"""Endings of sessions, with what they opened at services. Wherever a session ends, it ends by an ``Ending``.

What a session opened at services ends in the same transaction, and apps that want to hear of it are told afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, or_, select, update

from trustweb.delivery import logouts
from trustweb.models import NOW, Account, ServiceAccess, ServiceSession, ServiceToken, SignInSession
from trustweb.work import Work

OIDC = "oidc"
"""The door whose apps know of sign-ins, so that they can be told of the end of one."""


class AtServices:
    """An ending of those service sessions that a condition selects."""

    def __init__(self, *which: ColumnElement[bool], keeps_offline: bool = False) -> None:
        """Build the statements. ``keeps_offline``: grants outlive it that the person made for that (offline_access)."""
        self._end = (
            update(ServiceSession)
            .where(*which, ServiceSession.ended_at.is_(None))
            .values(ended_at=NOW)
            .returning(ServiceSession.id, ServiceSession.door)
        )
        # For good: a removed factor that refuses them may be restored.
        self._revoke = (
            update(ServiceToken)
            .where(
                ServiceToken.service_session_id.in_(select(ServiceSession.id).where(*which)),
                ServiceToken.offline,
                ServiceToken.revoked_at.is_(None),
            )
            .values(revoked_at=NOW)
        )
        self._keeps_offline = keeps_offline

    def end(self, work: Work, values: Mapping[str, Any]) -> int:
        """End them, and queue the news to their apps. Return how many sessions and offline grants ended."""
        values = {"now": work.now, **values}
        ended = work.execute(self._end, values).all()
        for each in ended:
            if each.door == OIDC:
                logouts.put(work, each.id)
        return len(ended) + (0 if self._keeps_offline else work.changed(self._revoke, values))


class Ending:
    """An ending of those sessions that a condition selects, and of what they opened at services."""

    def __init__(
        self,
        *which: ColumnElement[bool],
        at_services: ColumnElement[bool] | None = None,
        keeps_offline: bool = False,
        how: str | None = None,
    ) -> None:
        """Build the statements, whose parameters are those of the conditions.

        at_services:   the service sessions that end, unless they are those of the sessions.
        keeps_offline: see ``AtServices``: for the person who signs out of one session, and fears nothing.
        how:           what is stored in ``ended_how``.
        """
        ended = {"ended_at": NOW, "kept_act": None} | ({"ended_how": how} if how else {})
        self._end = update(SignInSession).where(*which, SignInSession.ended_at.is_(None)).values(ended)
        if at_services is None:
            at_services = ServiceSession.session_id.in_(select(SignInSession.id).where(*which))
        self._at_services = AtServices(at_services, keeps_offline=keeps_offline)
        self._keeps_offline = keeps_offline

    def end(self, work: Work, **values: Any) -> int:
        """End them. Return how many sessions had not ended before."""
        count = work.changed(self._end, {"now": work.now, **values})
        if count or not self._keeps_offline:
            self._at_services.end(work, values)
        return count


_MINE = SignInSession.account_id == bindparam("account")
_MINE_AT_SERVICES = ServiceSession.account_id == bindparam("account")
_OTHERS = (_MINE, SignInSession.id != bindparam("keep"))
ONE = Ending(SignInSession.id == bindparam("session"), keeps_offline=True)
"""Of one session, by the person."""
DENIED = Ending(SignInSession.id == bindparam("session"), how="denied")
OTHERS = Ending(
    *_OTHERS,
    # Those whose session is forgotten are others' too.
    at_services=_MINE_AT_SERVICES
    & or_(ServiceSession.session_id.is_(None), ServiceSession.session_id != bindparam("keep")),
)
"""Of an account's sessions but one, with all that they ever opened."""
OF_BROWSER = Ending(*_OTHERS, SignInSession.browser_hash == bindparam("browser"))
"""Of an account's sessions in a browser, but one."""
_PROVED = or_(SignInSession.proved_by == bindparam("factor"), SignInSession.step_up_by == bindparam("factor"))
PROVED_BY = Ending(
    *_OTHERS,
    _PROVED,
    at_services=_MINE_AT_SERVICES
    & or_(
        ServiceSession.proved_by == bindparam("factor"),
        ServiceSession.session_id.in_(select(SignInSession.id).where(*_OTHERS, _PROVED)),
    ),
)
"""Of an account's sessions, but one, that a factor proved; and of all that it proved at services."""
# Everything at services, also that of the session that is kept.
_ALL = Ending(*_OTHERS, at_services=_MINE_AT_SERVICES)
# A service session that begins at this very moment elsewhere is refused by this.
_END_BEFORE = update(Account).where(Account.id == bindparam("account")).values(services_end_before=NOW)
_WITHDRAW_YOUNG = (
    update(ServiceAccess)
    .where(ServiceAccess.account_id == bindparam("account"), ServiceAccess.consented_at > bindparam("since"))
    .values(scopes="", consented_at=None)
)


def end_all(work: Work, account_id: int, *, keep_session: int = 0) -> None:
    """End all sessions of an account but one, and all that it opened at services, also by that one."""
    work.execute(_END_BEFORE, {"account": account_id, "now": work.now})
    _ALL.end(work, account=account_id, keep=keep_session)


def withdraw_young_consents(work: Work, account_id: int) -> None:
    """Forget the consents of the last day, which a thief may have given, after a change was reported as not theirs."""
    since = work.now - timedelta(seconds=work.config.trust_age)
    work.execute(_WITHDRAW_YOUNG, {"account": account_id, "since": since})
