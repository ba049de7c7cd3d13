"""The claims that a service is told of a person, by the scopes that it was given."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from trustweb import mail_addresses
from trustweb.models import MAIL_ADDRESS, Account, Factor, JournalEntry, MailAddress, ServiceView
from trustweb.services import listing, policy
from trustweb.services.tokens import ACCESS, Found
from trustweb.work import Work

CLAIMS = (
    "sub", "name", "preferred_username", "locale", "zoneinfo", "updated_at", "email", "email_verified", "groups",
)  # fmt: skip
_PERSON = select(Account.name, Account.display_name, Account.language, Account.time_zone, Account.created_at).where(
    Account.id == bindparam("account")
)
_DESCRIBED = ("details_changed", "address_changed")
# An account does not store when its details changed last; its journal does.
_UPDATED = (
    select(JournalEntry.at)
    .where(JournalEntry.account_id == bindparam("account"), JournalEntry.event.in_(_DESCRIBED))
    .order_by(JournalEntry.seq.desc())
    .limit(1)
)
_PROVED = (
    select(MailAddress.address)
    .join(Factor, Factor.id == MailAddress.factor_id)
    .where(Factor.account_id == bindparam("account"), Factor.kind == MAIL_ADDRESS, Factor.removed_at.is_(None))
)


def claims(work: Work, found: Found) -> dict[str, Any]:
    """Return the claims about the person of an access token."""
    scopes, account = set(found.token.scope.split()), {"account": found.standing.account_id}
    told: dict[str, Any] = {"sub": found.standing.sub}
    if scopes & {"profile", "email"}:
        person = work.execute(_PERSON, account).one()
        if "profile" in scopes:
            updated_at = work.execute(_UPDATED, account).scalar() or person.created_at
            told |= {
                "name": person.display_name or person.name,
                "preferred_username": person.name,
                "locale": person.language,
                "zoneinfo": person.time_zone,
                "updated_at": int(updated_at.timestamp()),
            }
        if "email" in scopes:
            proved = {mail_addresses.key(each) for each in work.execute(_PROVED, account).scalars()}
            told |= {"email": person.name, "email_verified": mail_addresses.key(person.name) in proved}
    if "groups" in scopes:
        told["groups"] = listing.groups_of(work, found.standing.account_id)
    return told


def introspected(work: Work, found: Found, asks: ServiceView) -> dict[str, Any] | None:
    """Return what a service may hear of a token; None unless it is its own, or one of a service that names it."""
    token, standing = found.token, found.standing
    if asks.id != standing.service.id and not _may_read(work, found, asks):
        return None
    told: dict[str, Any] = {
        "client_id": standing.service.client_id,
        "aud": standing.service.client_id,
        "iss": work.config.origin,
        "sub": standing.sub,
        "scope": token.scope,
        "iat": int(token.created_at.timestamp()),
        "exp": int(token.expires_at.timestamp()),
    }
    if token.kind == ACCESS:
        told |= {"token_type": "Bearer"}
    if {"profile", "email"} & set(token.scope.split()):
        told["username"] = work.execute(_PERSON, {"account": standing.account_id}).one().name
    return told


def _may_read(work: Work, found: Found, asks: ServiceView) -> bool:
    """Return True if a service lets somebody in by this token of another: one for access, of an app that names it."""
    standing = found.standing
    return (
        found.token.kind == ACCESS
        and asks.name in standing.service.read_by
        and policy.is_enough(standing.acr, asks.needs)
        and policy.may_enter(asks, listing.groups_of(work, standing.account_id) if asks.groups else ())
    )
