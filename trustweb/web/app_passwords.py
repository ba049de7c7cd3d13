"""App-specific passwords: the list, making one, which is shown once, and revoking them."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from trustweb import factors
from trustweb.factors import app_passwords
from trustweb.services import listing, programs
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other
from trustweb.web.base.visitors import acting, reading, require_visitor
from trustweb.web.overview import show_card
from trustweb.work import Refused

bp = Blueprint("app_passwords", __name__, url_prefix="/security/app-passwords")


def _card(panel: str | None = None, *, status: int = 200, refused: Refused | None = None, **values: Any) -> Response:
    """Show the card in edit mode, with one panel open or none."""
    account_id, work = require_visitor().account.id, reading()
    return show_card(
        bp.name,
        status=status,
        app_passwords=app_passwords.listed(work, account_id),
        section=bp.name,
        panel=panel,
        refused=refused,
        titles={each.name: each.shown for each in listing.every(work)},
        services=[each.name for each in programs.offered(work, account_id)],
        **({"form": forms.Confirm()} | values),
    )


@bp.get("")
@stage("full")
def edit() -> ResponseReturnValue:
    return _card()


@bp.get("/new")
@stage("full")
def ask_new() -> ResponseReturnValue:
    # The fresh proof is asked for before the form, since the answer that shows the password must be that of this form
    # and not of a code's.
    try:
        app_passwords.check_new(reading(), require_visitor().session)
    except Refused as refused:
        return _card(refused=refused, status=status_of(refused))
    return _card("new", form=forms.AppPassword(), once=secrets.token_urlsafe(32))


@bp.post("/new")
@stage("full")
def make() -> ResponseReturnValue:
    form = forms.AppPassword()
    once = form.once.data or ""
    if not form.validate():
        return _card("new", form=form, once=once, status=422)
    try:
        with acting() as (work, session):
            services = [each.name for each in programs.offered(work, session.account_id)]
            name, service = form.name.data or "", form.service.data or ""
            made = app_passwords.make(work, session, once, name=name, service=service, services=services)
    except app_passwords.AppPasswordAlreadyShown:
        return see_other("app_passwords.edit", said="app-password-shown")
    except app_passwords.NameMissing as refused:
        return _card("new", form=form, once=once, refused=refused, status=422)
    except Refused as refused:
        return _card(refused=refused, status=status_of(refused))
    answer = _card("made", made=str(made), form=form)
    # With HTMX the browser keeps this address, so a reload shows the list and says that the password was shown once.
    answer.headers["HX-Push-Url"] = url_for("app_passwords.edit", said="app-password-shown")
    return answer


@bp.get("/<public_id>/revoke")
@stage("full")
def ask_revoke(public_id: str) -> ResponseReturnValue:
    mine = app_passwords.listed(reading(), require_visitor().account.id)
    return _card("revoke", target=factors.find(mine, public_id))


@bp.post("/<public_id>/revoke")
@stage("full")
def revoke(public_id: str) -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        mine = app_passwords.listed(reading(), require_visitor().account.id)
        return _card("revoke", target=factors.find(mine, public_id), form=form, status=422)
    with acting() as (work, session):
        app_passwords.revoke(work, session, public_id)
    return see_other("app_passwords.edit", said="app-password-revoked", focus="new-app-password")


@bp.get("/revoke-all")
@stage("full")
def ask_revoke_all() -> ResponseReturnValue:
    return _card("revoke_all")


@bp.post("/revoke-all")
@stage("full")
def revoke_all() -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return _card("revoke_all", form=form, status=422)
    with acting() as (work, session):
        app_passwords.revoke_all(work, session.account_id)
    return see_other("app_passwords.edit", said="app-passwords-revoked", focus="new-app-password")
