"""Passkeys and security keys: the list, adding one, renaming and removing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trustweb import factors
from trustweb.database import Refused
from trustweb.factors import enrolled, passkeys
from trustweb.factors.passkeys import TooManyPasskeys
from trustweb.web import forms
from trustweb.web.guards import leave, stage
from trustweb.web.refusals import status_of
from trustweb.web.show import show
from trustweb.web.visitors import acting, present, reading

bp = Blueprint("passkeys", __name__, url_prefix="/security/passkeys")


def _card(panel: str | None = None, *, status: int = 200, refused: Refused | None = None, **values: Any) -> Response:
    return show(
        "security/page.html",
        "passkeys/_card.html",
        status=status,
        enrolled=enrolled.of(reading(), present().account.id),
        editing_passkeys=True,
        passkey_panel=panel,
        passkey_refused=refused,
        resting_passkeys=passkeys.resting(reading(), present().account.id),
        said=request.args.get("said"),
        focus=request.args.get("focus"),
        **({"form": forms.Confirm()} | values),
    )


@bp.get("")
@stage("full")
def edit() -> ResponseReturnValue:
    return _card()


def _add_panel(form: forms.Passkey, *, refused: Refused | None = None, status: int = 200) -> Response:
    try:
        options = passkeys.begin(reading(), present().session)
    except TooManyPasskeys as too_many:
        return _card(refused=too_many, status=status_of(too_many))
    return _card("add", form=form, options=options, refused=refused, status=status)


@bp.get("/add")
@stage("full")
def ask_name() -> ResponseReturnValue:
    return _add_panel(forms.Passkey())


@bp.post("/add")
@stage("full")
def add() -> ResponseReturnValue:
    form = forms.Passkey()
    if not form.validate():
        return _add_panel(form, status=422)
    try:
        with acting() as (work, session):
            turned_on = passkeys.add(work, session, form.answer.data or "", label=form.label.data or "")
    except Refused as refused:
        return _add_panel(form, refused=refused, status=status_of(refused))
    if turned_on:
        return leave(url_for("passkeys.edit", said="passkey-on"))
    return redirect(url_for("passkeys.edit", said="passkey-added", focus="add-passkey"), 303)


@bp.get("/<public_id>/remove")
@stage("full")
def ask_removal(public_id: str) -> ResponseReturnValue:
    try:
        passkey = passkeys.check_removal(reading(), present().session, public_id)
    except Refused as refused:
        return _card(refused=refused)
    return _card("remove", passkey=passkey)


@bp.post("/<public_id>/remove")
@stage("full", keeps=True)
def remove(public_id: str) -> ResponseReturnValue:
    form = forms.Confirm()
    try:
        if not form.validate():
            passkey = passkeys.check_removal(reading(), present().session, public_id)
            return _card("remove", passkey=passkey, form=form, status=422)
        with acting() as (work, session):
            passkeys.remove(work, session, public_id)
    except Refused as refused:
        return _card(refused=refused, status=status_of(refused))
    return redirect(url_for("passkeys.edit", said="passkey-removed", focus="add-passkey"), 303)


@bp.get("/<public_id>/change")
@stage("full")
def ask_change(public_id: str) -> ResponseReturnValue:
    mine = enrolled.of(reading(), present().account.id).passkeys
    return _card("change", passkey=factors.find(mine, public_id), form=forms.Rename())


@bp.post("/<public_id>/change")
@stage("full", keeps=True)
def change(public_id: str) -> ResponseReturnValue:
    form = forms.Rename()
    if not form.validate():
        passkey = factors.find(enrolled.of(reading(), present().account.id).passkeys, public_id)
        return _card("change", passkey=passkey, form=form, status=422)
    with acting() as (work, session):
        passkeys.rename(work, session, public_id, form.label.data or "")
    return redirect(url_for("passkeys.edit", said="passkey-changed", focus=f"change-{public_id}"), 303)


@bp.post("/<public_id>/restore")
@stage("full", keeps=True)
def restore(public_id: str) -> ResponseReturnValue:
    if not forms.Confirm().validate():
        return redirect(url_for("passkeys.edit"), 303)
    try:
        with acting() as (work, session):
            passkeys.restore(work, session, public_id)
    except Refused as refused:
        return _card(refused=refused, status=status_of(refused))
    return redirect(url_for("passkeys.edit", said="passkey-restored", focus="done-passkeys"), 303)
