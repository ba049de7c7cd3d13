"""Trusted devices: trusting this browser, the list, renaming and removing one, and signing out everywhere else."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from trustweb import browsers
from trustweb.authentication import sessions
from trustweb.factors import trusted_devices
from trustweb.web import cards
from trustweb.web.base import forms, way
from trustweb.web.base.guards import stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other
from trustweb.web.base.this_browser import keep_device
from trustweb.web.base.visitors import acting
from trustweb.work import Refused

bp = Blueprint("trusted_devices", __name__, url_prefix="/security/devices")
card = cards.Card(bp, trusted_devices, "device", forms.Rename, trusted_devices.rename)


@bp.get("/trust")
@stage("full")
def trusted() -> ResponseReturnValue:
    return see_other("trusted_devices.edit")  # a reload of the answer to a refused form


@bp.post("/trust")
@stage("full", keeps=True)
def trust() -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return card.show(form=form, status=422)
    try:
        with acting() as (work, session):
            cookie = trusted_devices.trust(work, session, browsers.name(request.user_agent.string))
    except Refused as refused:
        if way.path():  # the card says why not, and whoever is on the way to a service wants to get there
            return see_other("security.page")
        return card.show(refused=refused, status=status_of(refused))
    return keep_device(see_other("security.page", said="trusted"), cookie)


@bp.post("/sign-out-everywhere")
@stage("full")
def sign_out_everywhere() -> ResponseReturnValue:
    if not forms.Confirm().validate():
        return see_other("trusted_devices.edit")
    with acting() as (work, session):
        sessions.sign_out_others(work, session)
    return see_other("security.page", said="alone")
