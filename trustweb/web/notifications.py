"""Notifications of sign-ins on this browser, where it is a trusted device: turning them on and off."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from trustweb.factors import notifications
from trustweb.factors.notifications import CannotNotify
from trustweb.transports import Transport
from trustweb.web import trusted_devices
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other
from trustweb.web.base.site import core
from trustweb.web.base.this_browser import devices
from trustweb.web.base.visitors import acting, end_reading, writing
from trustweb.work import Refused

bp = Blueprint("notifications", __name__)


def _notifier() -> Transport:
    return core().routes.notifier or abort(404)


@bp.get("/security/devices/notifications")
@stage("full")
def answered() -> ResponseReturnValue:
    return see_other("security.page")  # a reload of the answer to a refused form


@bp.post("/security/devices/notifications")
@stage("full")
def turn_on() -> ResponseReturnValue:
    form, notifier = forms.Push(), _notifier()
    if not form.validate():
        return see_other("security.page")
    try:
        with acting() as (work, session):
            notifications.turn_on(work, session, notifier, form.subscription.data or "")
    except Refused as refused:
        return trusted_devices.card.show(refused=refused, status=status_of(refused))
    return see_other("security.page", said="notified")


@bp.post("/security/devices/notifications/off")
@stage("full")
def turn_off() -> ResponseReturnValue:
    if not forms.Confirm().validate():
        return see_other("security.page")
    with acting() as (work, session):
        notifications.turn_off(work, session)
    return see_other("security.page", said="not-notified")


@bp.post("/prompts/notifications")
@stage("device")
def renew() -> ResponseReturnValue:
    """Store a browser's new push subscription, which its service worker sends; possibly nobody is signed in."""
    form, notifier, found = forms.Push(), _notifier(), devices()
    end_reading()
    for each in found if form.validate() else []:
        with suppress(CannotNotify), writing(each.device.account_id) as work:
            notifications.renew(work, each.device, notifier, form.subscription.data or "")
    return see_other("prompts.page")
