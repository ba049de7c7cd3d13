"""Backup codes: made and shown once, removed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue

from trustweb.database import Refused
from trustweb.factors import NotFound, backup_codes, enrolled
from trustweb.web import forms, lockout
from trustweb.web.guards import stage
from trustweb.web.refusals import status_of
from trustweb.web.show import show
from trustweb.web.visitors import acting, present, reading

bp = Blueprint("backup_codes", __name__, url_prefix="/security/backup-codes")


def _before(form: forms.Form, *, refused: Refused | None = None, status: int = 200) -> Response:
    old = enrolled.of(reading(), present().account.id).backup_codes
    return show("backup_codes/new.html", form=form, old=old, refused=refused, status=status)


@bp.get("/new")
@stage("full")
def ask() -> ResponseReturnValue:
    try:
        backup_codes.check_replaceable(reading(), present().session)
    except Refused as refused:
        return _before(forms.Seen(), refused=refused)
    return _before(forms.Seen())


@bp.post("/new")
@stage("full")
def create() -> ResponseReturnValue:
    form = forms.Seen()
    if not form.validate():
        return _before(form, status=422)
    try:
        with acting() as (work, session):
            codes = backup_codes.create(work, session, form.seen.data or "")
    except Refused as refused:
        return _before(form, refused=refused, status=status_of(refused))
    # Not a redirect: what is shown once has no address.
    return show("backup_codes/shown.html", codes=codes)


def _card(panel: str | None = None, *, status: int = 200, refused: Refused | None = None, **values: Any) -> Response:
    return show(
        "security/page.html",
        "backup_codes/_card.html",
        status=status,
        **lockout.factors(),
        section="backup_codes",
        panel=panel,
        refused=refused,
        **({"form": forms.Confirm()} | values),
    )


@bp.get("/remove")
@stage("full")
def ask_removal() -> ResponseReturnValue:
    try:
        backup_codes.check_removal(reading(), present().session)
    except NotFound:
        return redirect(url_for("security.page"), 303)  # removed in another tab
    except Refused as refused:
        return _card(refused=refused)
    return _card("remove")


@bp.post("/remove")
@stage("full", keeps=True)
def remove() -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return _card("remove", form=form, status=422)
    try:
        with acting() as (work, session):
            backup_codes.remove(work, session)
    except NotFound:
        return redirect(url_for("security.page"), 303)  # the other click was first
    except Refused as refused:
        return _card(refused=refused, status=status_of(refused))
    return redirect(url_for("security.page", said="codes-removed", focus="make-codes"), 303)
