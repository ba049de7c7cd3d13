"""Correction of the site's time after its clock ran ahead (``trustweb db believe-clock``), with the site stopped."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam, delete, or_, select, update

from trustweb import engines
from trustweb.clock import Clock, utc_now
from trustweb.config import Config
from trustweb.models import (
    NOW,
    Account,
    AuthenticatorApp,
    Delivery,
    Factor,
    GuessedName,
    Limit,
    MailLink,
    Moment,
    Recovery,
    ServiceCode,
    ServiceRequest,
    ServiceSession,
    ServiceToken,
    SignInSession,
    Site,
    TrustedDevice,
)
from trustweb.one_time_code import step_at


def _in(span: str) -> BindParameter[datetime]:
    return bindparam(span, type_=Moment)


# They correct what would stay valid, blocked or waiting until that future is reached. A span that was promised, such as
# a freeze, keeps its full length from now on.
_STATEMENTS = (
    update(Site).values(seen_at=NOW),
    update(SignInSession).where(SignInSession.ended_at.is_(None)).values(ended_at=NOW),
    delete(Limit),
    update(ServiceSession).where(ServiceSession.ended_at.is_(None)).values(ended_at=NOW),
    update(ServiceToken).where(ServiceToken.created_at > NOW, ServiceToken.revoked_at.is_(None)).values(revoked_at=NOW),
    delete(ServiceCode).where(ServiceCode.created_at > NOW),
    delete(ServiceRequest).where(ServiceRequest.created_at > NOW),
    update(Account).where(Account.services_end_before > NOW).values(services_end_before=NOW),
    update(MailLink).where(MailLink.created_at > NOW, MailLink.ended_at.is_(None)).values(ended_at=NOW),
    update(Delivery)
    .where(Delivery.due_at > NOW, or_(Delivery.account_id.is_not(None), Delivery.kind == "logout"))
    .values(due_at=NOW),
    update(Factor).where(Factor.added_at > NOW).values(added_at=NOW, trusted_from=_in("trusted")),
    update(Account).where(Account.frozen_until > _in("thawed")).values(frozen_until=_in("thawed")),
    update(GuessedName).where(GuessedName.guessed_at > NOW).values(guessed_at=NOW),
    update(TrustedDevice).where(TrustedDevice.expires_at > _in("device")).values(expires_at=_in("device")),
    update(TrustedDevice).where(TrustedDevice.last_step > bindparam("step")).values(last_step=bindparam("step")),
    update(AuthenticatorApp).where(AuthenticatorApp.last_step > bindparam("step")).values(last_step=bindparam("step")),
    update(Recovery).where(Recovery.seen_at > NOW).values(seen_at=NOW),
)


def correct(config: Config, clock: Clock = utc_now) -> timedelta:
    """Set the site's time back to the clock, and return by how much it was ahead."""
    now = clock()
    spans = {"trusted": config.trust_age, "thawed": config.freeze_life, "device": config.device_life}
    values = {name: now + timedelta(seconds=span) for name, span in spans.items()}
    with engines.opened(config.database) as engine, engines.writing_on(engine) as connection:
        seen = connection.scalar(select(Site.seen_at)) or now
        if seen > now:
            for statement in _STATEMENTS:
                connection.execute(statement, {"now": now, "step": step_at(now)} | values)
    return max(seen - now, timedelta(0))
