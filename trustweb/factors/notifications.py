"""Push notifications, with which a trusted device shows sign-ins while no page is open.

The browser chooses the push service and sends us its subscription: the destination.
"""

from __future__ import annotations

from sqlalchemy import bindparam, update

from trustweb import journal
from trustweb.factors import NotFound, enrolled
from trustweb.models import PUSH_TO, DeviceView, SessionView, TrustedDevice
from trustweb.transports import Transport
from trustweb.work import Refused, Work

_OF_DEVICE = update(TrustedDevice).where(TrustedDevice.factor_id == bindparam("device"))
_SEND_TO = _OF_DEVICE.values(push_to=bindparam("destination"))
_SEND_NOW_TO = _OF_DEVICE.where(TrustedDevice.push_to.is_not(None)).values(push_to=bindparam("destination"))


class CannotNotify(Refused):
    """The browser's subscription is no destination to which the transport sends."""


def turn_on(work: Work, session: SessionView, transport: Transport, said: str) -> None:
    """Send notifications to the browser of this session, a trusted device. Raises NotFound or CannotNotify."""
    device = _here(work, session)
    work.execute(_SEND_TO, {"device": device.id, "destination": _checked(work, transport, said)})
    if device.push_to is None:
        journal.write(work, session.account_id, "notifications_on", label=device.label)


def turn_off(work: Work, session: SessionView) -> None:
    """Stop sending notifications to the browser of this session. Raises NotFound."""
    device = _here(work, session)
    if device.push_to is not None:
        work.execute(_SEND_TO, {"device": device.id, "destination": None})
        journal.write(work, session.account_id, "notifications_off", label=device.label)


def renew(work: Work, device: DeviceView, transport: Transport, said: str) -> None:
    """Store the new destination that a service worker sends by itself; notifications that are off stay off.

    Raises CannotNotify.
    """
    work.execute(_SEND_NOW_TO, {"device": device.id, "destination": _checked(work, transport, said)})


def _here(work: Work, session: SessionView) -> DeviceView:
    for each in enrolled.of(work, session.account_id).devices:
        if each.browser_hash == session.browser_hash:
            return each
    raise NotFound


def _checked(work: Work, transport: Transport, said: str) -> str:
    try:
        transport.check_destination(said)
    except ValueError:
        raise CannotNotify from None
    return work.keys.seal(PUSH_TO, said.encode())
