"""The next step of a person on the way to a service: to sign in, prove something, consent, or nothing more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from trustweb.authentication import proofs, sessions
from trustweb.authentication.sessions import Visitor
from trustweb.factors import enrolled
from trustweb.models import AccessView, RequestView, ServiceView
from trustweb.services import hints, listing, policy
from trustweb.services.app_request import AppError, AppRequest
from trustweb.work import Work

SIGN_IN, PROVE, CONSENT, READY = "sign_in", "prove", "consent", "ready"
NOT_A_MEMBER, NO_TWO_FACTOR, NO_PASSKEY = "not_a_member", "no_two_factor", "no_passkey"
"""Why somebody cannot come in now: a page says what to do about it."""
_SILENT = {
    SIGN_IN: ("login_required", "Nobody is signed in, or somebody else is."),
    PROVE: ("interaction_required", "The person has to show once more who they are."),
    CONSENT: ("consent_required", "The person has not consented."),
    NOT_A_MEMBER: ("access_denied", "The account may not use this service."),
    NO_TWO_FACTOR: ("interaction_required", "The account has no two-factor authentication."),
    NO_PASSKEY: ("interaction_required", "The account has no passkey."),
}
"""What an app is told that wants no page shown (prompt=none)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The conditions of one way in, the service's own and those of this request."""

    service: ServiceView
    needs: str
    asked_at: datetime
    anew: bool = False
    """True when only a proof counts that was given since it was asked for."""
    max_age: int | None = None
    scopes: tuple[str, ...] = ()
    asks_consent: bool = False
    """True when the app wants the person to be asked, whatever they consented to before."""
    sub: str | None = None
    """The only account that the app expects, by its id there."""


def by_app(work: Work, service: ServiceView, asked: AppRequest, asked_at: datetime) -> Wanted:
    """Return the conditions of an app's request."""
    return Wanted(
        service,
        least(service, asked.acr),
        asked_at,
        anew=not asked.prompt.isdisjoint({"login", "select_account"}),
        max_age=asked.max_age,
        scopes=asked.scopes,
        asks_consent="consent" in asked.prompt,
        sub=_expected(work, service, asked.id_token_hint),
    )


def least(service: ServiceView, acr: str | None) -> str:
    """Return the least proof, of what the service needs and what the app insists on."""
    return max(service.needs, acr or service.needs, key=policy.NEEDS.index)


def _expected(work: Work, service: ServiceView, hint: str) -> str | None:
    """Return the account that an app expects, by its id there; "" for one that nobody here is."""
    if not hint:
        return None
    claims = hints.read(work, hint)
    return str(claims["sub"]) if claims is not None and claims["aud"] == service.client_id else ""


def to_site(service: ServiceView, asked_at: datetime) -> Wanted:
    """Return the conditions of the way to a site behind the browser door."""
    return Wanted(service, service.needs, asked_at)


def next_step(work: Work, who: Visitor | None, wanted: Wanted, request: RequestView | None = None) -> str:
    """Return what has to happen next. ``request``: its row, once there is one."""
    if who is None or who.session.stage != sessions.FULL:
        return SIGN_IN
    service, account = wanted.service, who.account
    access = listing.access_of(work, account.id, service.id)
    if wanted.sub is not None and (access is None or access.sub != wanted.sub):
        return SIGN_IN
    if service.groups and not policy.may_enter(service, listing.groups_of(work, account.id)):
        return NOT_A_MEMBER
    if (bar := _bar(work, who, wanted)) is not None:
        return bar
    if not _is_proved(who, wanted, work.now):
        return PROVE
    return READY if _has_consent(who, wanted, access, request) else CONSENT


def _bar(work: Work, who: Visitor, wanted: Wanted) -> str | None:
    needed = wanted.needs != proofs.PASSWORD or work.config.two_factor == "required"
    if needed and who.account.two_factor_since is None:
        return NO_TWO_FACTOR
    if wanted.needs == proofs.PASSKEY and not proofs.meets(who.session, proofs.PASSKEY, None, work.now):
        mine = enrolled.of(work, who.account.id).passkeys
        return None if any(each.user_verified for each in mine) else NO_PASSKEY
    return None


def _is_proved(who: Visitor, wanted: Wanted, now: datetime) -> bool:
    if not proofs.meets(who.session, wanted.needs, wanted.service.within, now):
        return False
    proved_at = proofs.auth_time(who.session)
    if wanted.anew and proved_at < wanted.asked_at:
        return False
    # What was proved since the app asked is new enough, however long the way here took.
    return (
        wanted.max_age is None or proved_at >= wanted.asked_at or now - proved_at <= timedelta(seconds=wanted.max_age)
    )


def _has_consent(who: Visitor, wanted: Wanted, access: AccessView | None, request: RequestView | None) -> bool:
    if request is not None and request.consented_at is not None and request.session_id == who.session.id:
        return True
    asked = to_consent(wanted)
    return not asked or (not wanted.asks_consent and set(asked) <= set(consented(access)))


def to_consent(wanted: Wanted) -> tuple[str, ...]:
    """Return the scopes that the person is asked about: of the operator's own apps only access while they are away."""
    if wanted.service.asks_consent or wanted.asks_consent:
        return wanted.scopes
    return tuple(each for each in wanted.scopes if each == "offline_access")


def consented(access: AccessView | None) -> Collection[str]:
    """Return the scopes that the person consented to before."""
    return access.scopes.split() if access is not None and access.consented_at is not None else ()


def silent_error(step: str, asked: AppRequest) -> AppError:
    """Return the error for an app that wants no page shown."""
    code, description = _SILENT[step]
    return AppError(code, description, asked.redirect_uri, asked.state)
