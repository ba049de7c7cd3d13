"""Trusted devices: trusting this browser, the list, renaming and removing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trustweb import browsers, factors
from trustweb.authentication import sessions
from trustweb.database import Refused
from trustweb.factors import enrolled, trusted_devices
from trustweb.web import forms
from trustweb.web.guards import stage
from trustweb.web.refusals import status_of
from trustweb.web.show import show
from trustweb.web.visitors import acting, keep_device, present, reading

bp = Blueprint("trusted_devices", __name__, url_prefix="/security/devices")


@bp.get("/trust")
@stage("full")
def trusted() -> ResponseReturnValue:
    return redirect(url_for("trusted_devices.edit"), 303)  # somebody reloaded the answer to a refused one


@bp.post("/trust")
@stage("full", keeps=True)
def trust() -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return _card(form=form, status=422)
    try:
        with acting() as (work, session):
            cookie = trusted_devices.trust(work, session, browsers.name(request.user_agent.string))
    except Refused as refused:
        return _card(refused=refused, status=status_of(refused))
    return keep_device(make_response(redirect(url_for("security.page", said="trusted"), 303)), cookie)


def _card(panel: str | None = None, *, status: int = 200, refused: Refused | None = None, **values: Any) -> Response:
    account = present().account
    return show(
        "security/page.html",
        "trusted_devices/_card.html",
        status=status,
        enrolled=enrolled.of(reading(), account.id),
        editing_devices=True,
        device_panel=panel,
        device_refused=refused,
        said=request.args.get("said"),
        focus=request.args.get("focus"),
        **({"form": forms.Confirm()} | values),
    )


@bp.get("")
@stage("full")
def edit() -> ResponseReturnValue:
    return _card()


@bp.get("/<public_id>/remove")
@stage("full")
def ask_removal(public_id: str) -> ResponseReturnValue:
    try:
        device = trusted_devices.check_removal(reading(), present().session, public_id)
    except Refused as refused:
        return _card(refused=refused)
    return _card("remove", device=device)


@bp.post("/<public_id>/remove")
@stage("full", keeps=True)
def remove(public_id: str) -> ResponseReturnValue:
    form = forms.Confirm()
    try:
        if not form.validate():
            device = trusted_devices.check_removal(reading(), present().session, public_id)
            return _card("remove", device=device, form=form, status=422)
        with acting() as (work, session):
            trusted_devices.remove(work, session, public_id)
    except Refused as refused:
        return _card(refused=refused, status=status_of(refused))
    return redirect(url_for("trusted_devices.edit", said="device-removed", focus="done-devices"), 303)


@bp.get("/<public_id>/change")
@stage("full")
def ask_change(public_id: str) -> ResponseReturnValue:
    devices = enrolled.of(reading(), present().account.id).devices
    return _card("change", device=factors.find(devices, public_id), form=forms.Rename())


@bp.post("/<public_id>/change")
@stage("full", keeps=True)
def change(public_id: str) -> ResponseReturnValue:
    form = forms.Rename()
    if not form.validate():
        device = factors.find(enrolled.of(reading(), present().account.id).devices, public_id)
        return _card("change", device=device, form=form, status=422)
    with acting() as (work, session):
        trusted_devices.rename(work, session, public_id, form.label.data or "")
    return redirect(url_for("trusted_devices.edit", said="device-changed", focus=f"change-{public_id}"), 303)


@bp.post("/sign-out-everywhere")
@stage("full")
def sign_out_everywhere() -> ResponseReturnValue:
    if not forms.Confirm().validate():
        return redirect(url_for("trusted_devices.edit"), 303)
    with acting() as (work, session):
        sessions.sign_out_others(work, session)
    return redirect(url_for("security.page", said="alone"), 303)
