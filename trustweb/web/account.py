"""The Account page: the person's name, language and time zone, the export of personal data, and deletion."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from trustweb import accounts, deletion, personal_data
from trustweb.factors import addresses, require_fresh_proof
from trustweb.web.base import forms, language
from trustweb.web.base.guards import stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.visitors import acting, reading, require_visitor
from trustweb.work import Refused

bp = Blueprint("account", __name__, url_prefix="/account")


def _form() -> forms.Settings:
    account = require_visitor().account
    form = forms.Settings(name=account.display_name, language=account.language, time_zone=account.time_zone)
    form.language.choices, form.time_zone.choices = language.choices(), language.zones()
    return form


def _page(form: forms.Form, *, refused: Refused | None = None, status: int = 200) -> Response:
    address = addresses.state(reading(), require_visitor().account.id) if core().routes.mail else None
    said = request.args.get("said")
    return show("account/page.html", form=form, refused=refused, address=address, said=said, status=status)


@bp.get("")
@stage("full")
def page() -> ResponseReturnValue:
    return _page(_form())


@bp.post("")
@stage("full")
def save() -> ResponseReturnValue:
    form = _form()
    if not form.validate():
        return _page(form, status=422)
    said = {"display_name": form.name.data or "", "language": form.language.data, "time_zone": form.time_zone.data}
    try:
        with acting() as (work, session):
            accounts.describe(work, session.account_id, **said)
    except Refused as refused:
        return _page(form, refused=refused, status=status_of(refused))
    return see_other("account.page", said="saved")


@bp.get("/data")
@stage("full")
def data() -> ResponseReturnValue:
    require_fresh_proof(require_visitor().session, core().database.now())
    return show("account/data.html", form=forms.Confirm())


@bp.post("/data")
@stage("full")
def download() -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return show("account/data.html", form=form, status=422)
    with acting() as (work, session):
        personal_data.note_export(work, session)
    # Only after the commit, so that the export holds its own journal entry.
    document = personal_data.document(core().database, session.account_id)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(document, mimetype="application/json", headers=headers)


def _deletion(*, form: forms.Form | None = None, refused: Refused | None = None, status: int = 200) -> Response:
    moment = deletion.planned_moment(reading())
    return show("account/delete.html", form=form or forms.Confirm(), refused=refused, moment=moment, status=status)


@bp.get("/delete")
@stage("full")
def ask_deletion() -> ResponseReturnValue:
    if require_visitor().account.deletes_at is not None:
        return see_other("account.page")
    try:
        deletion.check(reading(), require_visitor().session)
    except Refused as refused:
        return _deletion(refused=refused)
    return _deletion()


# Not keeps=True: a proof that somebody gives for another change must not delete the account.
@bp.post("/delete")
@stage("full")
def plan_deletion() -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return _deletion(form=form, status=422)
    try:
        with acting() as (work, session):
            deletion.plan(work, session)
    except Refused as refused:
        return _deletion(refused=refused, status=status_of(refused))
    return see_other("account.page", said="planned")


@bp.post("/keep")
@stage("full")
def keep() -> ResponseReturnValue:
    if not forms.Confirm().validate():
        return see_other("account.page", said="again")
    with acting() as (work, session):
        deletion.keep(work, session)
    return see_other("account.page", said="kept")
