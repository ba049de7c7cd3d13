"""Leaving a service, at the owner's request: signing out, withdrawing the consent, and whether the app has heard."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, select, update

from trustweb import journal
from trustweb.delivery import outbox
from trustweb.factors import app_passwords
from trustweb.models import Delivery, Moment, ServiceAccess
from trustweb.services import endings
from trustweb.services.used import Used
from trustweb.work import Work

TELLING, TRYING, HEARD, UNHEARD = "telling", "trying", "heard", "unheard"
_LATELY = timedelta(minutes=15)
_WITHDRAW = (
    update(ServiceAccess)
    .where(
        ServiceAccess.account_id == bindparam("account"),
        ServiceAccess.service_id == bindparam("service"),
        ServiceAccess.consented_at.is_not(None),
    )
    .values(scopes="", consented_at=None)
)
_TOLD = select(Delivery.state, Delivery.reason).where(
    Delivery.transport == "back-channel",
    Delivery.carrier_id == bindparam("of"),  # there is an index by both
    Delivery.kind == "logout",
    Delivery.created_at > bindparam("since", type_=Moment),
)


def sign_out(work: Work, account_id: int, service: Used) -> None:
    """End all sign-ins at a service, and what its app may do while the person is away. A second click ends nothing."""
    if endings.end(work, account_id, service.id):
        journal.write(work, account_id, "service_signed_out", service=service.shown)


def withdraw(work: Work, account_id: int, service: Used) -> None:
    """Withdraw the consent to a service, and sign out there. A second click withdraws nothing."""
    sign_out(work, account_id, service)
    if work.changed(_WITHDRAW, {"account": account_id, "service": service.id}):
        journal.write(work, account_id, "service_consent_withdrawn", service=service.shown)


def revoke_passwords(work: Work, account_id: int, service: Used) -> None:
    """Revoke the app-specific passwords for a service. Raises nothing when there are none any more."""
    app_passwords.revoke_at(work, account_id, service.name)


def heard(work: Work, service: Used) -> str:
    """Return whether a service's app has heard of what ended lately: telling, trying (again), heard or unheard.

    "" when it is not told: such an app finds out by itself, within the time that it keeps people signed in.
    """
    if not service.sub:
        return ""
    news = work.execute(_TOLD, {"of": service.sub, "since": work.now - _LATELY}).all()
    states = {row.state for row in news}
    if outbox.QUEUED in states:
        return TRYING if any(row.reason for row in news if row.state == outbox.QUEUED) else TELLING
    if states & {outbox.FAILED, outbox.DROPPED}:
        return UNHEARD
    return HEARD if states else ""
