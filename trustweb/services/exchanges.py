"""The two exchanges at the token endpoint: a code for tokens, and a refresh token for the next ones.

Each spends what it is given by one UPDATE. What is given twice ends all tokens that came of it, and that is stored
although the answer is a refusal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, or_, select

from trustweb import notices
from trustweb.authentication import sessions
from trustweb.endings import OIDC
from trustweb.models import Account, Moment, ServiceView, SessionView, SignInSession, columns
from trustweb.services import codes, listing, service_sessions, tokens
from trustweb.services.codes import CodeView
from trustweb.services.tokens import ACCESS, OFFLINE, REFRESH, Standing, TokenView
from trustweb.work import Origin, Work

AGAIN = timedelta(seconds=10)
"""How long a confidential client that lost the answer to a refresh may ask for it again."""
_SESSION = columns(SessionView, SignInSession)
_BEGAN = (
    select(*_SESSION, SignInSession.address, SignInSession.browser_name)
    .join(Account, Account.id == SignInSession.account_id)
    .where(
        SignInSession.id == bindparam("session"),
        SignInSession.stage == sessions.FULL,
        SignInSession.ended_at.is_(None),
        Account.disabled_at.is_(None),
        or_(
            Account.services_end_before.is_(None),
            Account.services_end_before < bindparam("issued", type_=Moment),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Granted:
    """The outcome of an exchange, for which there are tokens."""

    standing: Standing
    family: str
    scope: str
    offline: bool
    handle: str = ""
    """Of the next refresh token; "" for a new one."""
    has_refresh: bool = False
    """True when the next refresh token is there already: its client asks again."""


def by_code(work: Work, service: ServiceView, code: CodeView) -> Granted | None:
    """Spend a code of this service. Return None when it is over, was spent before, or the person may not enter."""
    if not codes.spend(work, code):
        _end_replayed(work, service, code.account_id, code.family)
        return None
    row = work.execute(_BEGAN, {"session": code.session_id, "issued": code.created_at}).one_or_none()
    access = listing.access_of(work, code.account_id, code.service_id)
    if row is None or access is None:
        return None
    session = SessionView(*row[:-2])
    proof = service_sessions.proof_of(work, session)
    consented = tokens.consented(service, access.consented_at, access.scopes, code.scope)
    if not (consented and tokens.may(work, service, code.account_id, proof.acr)):
        return None
    # An app's server exchanges the code; the card shows where the person was.
    begun, _ = service_sessions.start(work, session, service, OIDC, proof, seen=Origin(*row[-2:]))
    if (standing := tokens.stand(work, begun)) is None:
        return None
    return Granted(standing, code.family, code.scope, OFFLINE in code.scope.split())


def by_refresh(work: Work, service: ServiceView, token: TokenView) -> Granted | None:
    """Exchange a refresh token of this service. Return None when it is over, or the person may not enter any more."""
    if token.revoked_at is not None or token.expires_at <= work.now:
        return None
    standing = tokens.stand(work, token.service_session_id, offline=token.offline)
    if standing is None or not tokens.holds(work, standing, token.scope):
        return None
    if token.spent_at is not None or not tokens.spend(work, token, handle := tokens.new_handle()):
        return _again(work, service, standing, token)
    service_sessions.touch(work, token.service_session_id)
    return Granted(standing, token.family, token.scope, token.offline, handle)


def _again(work: Work, service: ServiceView, standing: Standing, token: TokenView) -> Granted | None:
    """Give the same successor again to a confidential client that lost the answer; anything else ends the family."""
    spent = tokens.by_handle(work, token.handle)
    assert spent is not None
    row, _, account_id = spent
    after = tokens.by_handle(work, row.successor) if row.successor else None
    soon = row.spent_at is not None and work.now - row.spent_at < AGAIN
    if not service.public and soon and after and after[0].spent_at is None and after[0].revoked_at is None:
        return Granted(standing, row.family, row.scope, row.offline, after[0].handle, has_refresh=True)
    _end_replayed(work, service, account_id, row.family)
    return None


def _end_replayed(work: Work, service: ServiceView, account_id: int, family: str) -> None:
    if tokens.end_family(work, family):
        notices.tell(work, account_id, "service_replayed", {"service": service.shown})


def issue(work: Work, granted: Granted, scope: str) -> dict[str, str | int]:
    """Store the tokens that were granted, and return the answer to the app.

    A confidential client gets a refresh token always, which ends with the service session unless the person consented
    to more; one that keeps no secret gets it only then.
    """
    standing, family, offline = granted.standing, granted.family, granted.offline
    scope = " ".join(scope.split()) or granted.scope
    access = tokens.put(work, ACCESS, standing, family=family, scope=scope, offline=offline)
    answer: dict[str, str | int] = {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": int(tokens.LIFE.total_seconds()),
        "scope": scope,
    }
    if granted.has_refresh:
        answer["refresh_token"] = tokens.text_of(work.keys, granted.handle)
    elif offline or not standing.service.public:
        # Its scope is what was granted, however narrow the access token is (RFC 6749, section 6).
        answer["refresh_token"] = tokens.put(
            work, REFRESH, standing, family=family, scope=granted.scope, offline=offline, handle=granted.handle
        )
    return answer
