"""Proving oneself again for a change; afterwards the kept act goes on."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from trustweb.authentication import on_paper, sign_in, step_up
from trustweb.codes.challenges import STEP_UP
from trustweb.database import Refused
from trustweb.factors import FreshProofNeeded
from trustweb.web import code_page
from trustweb.web.base import forms
from trustweb.web.base.guards import declared, leave, stage
from trustweb.web.base.hashing import hasher
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.visitors import acting, asks_from, present

bp = Blueprint("step_up", __name__, url_prefix="/verify")


@bp.app_errorhandler(FreshProofNeeded)
def ask(_error: Exception) -> Response:
    """Keep what the person was about to do, and ask for a proof first."""
    act: dict[str, Any] = {"url": request.full_path.rstrip("?")}
    if request.method == "POST" and declared()["keeps"]:
        kept = {name: value for name, value in request.form.items() if name != "csrf_token"}
        act = {"endpoint": request.endpoint, "args": request.view_args or {}, "form": kept}
    with acting() as (work, session):
        step_up.keep(work, session, act)
    return leave("step_up.code")


def _go_on(act: dict[str, Any] | None) -> ResponseReturnValue:
    if act is None:
        return see_other("security.page")
    if "url" in act:
        return redirect(act["url"], 303)
    # The very view that was interrupted runs now, with the form that it was given then.
    g.kept_form = MultiDict(act["form"])
    return current_app.ensure_sync(current_app.view_functions[act["endpoint"]])(**act["args"])  # type: ignore[no-any-return]


@bp.get("")
@stage("full")
def code() -> ResponseReturnValue:
    if present().account.two_factor_since is None:
        return show("step_up/password.html", form=forms.ProvePassword())
    return code_page.page(STEP_UP)


@bp.post("")
@stage("full")
def with_code() -> ResponseReturnValue:
    form = forms.Code()
    if not form.validate():
        return code_page.page(STEP_UP, form=form, status=422)
    try:
        with acting() as (work, session):
            act = step_up.with_code(work, session, form.code.data or "")
    except Refused as refused:
        return code_page.page(STEP_UP, refused=refused, status=status_of(refused))
    return _go_on(act)


@bp.post("/passkey")
@stage("full")
def with_passkey() -> ResponseReturnValue:
    form = forms.Passkey()
    if not form.validate():
        return code_page.page(STEP_UP, form=form, status=422)
    try:
        with acting() as (work, session):
            act = step_up.with_passkey(work, session, form.answer.data or "")
    except Refused as refused:
        return code_page.page(STEP_UP, refused=refused, status=status_of(refused))
    return _go_on(act)


@bp.get("/with/<way>")
@stage("full")
def ask_paper(way: str) -> ResponseReturnValue:
    return code_page.ask_paper(STEP_UP, way)


@bp.post("/with/<way>")
@stage("full")
def with_paper(way: str) -> ResponseReturnValue:
    form = forms.OnPaper()
    if not form.validate():
        return code_page.paper(STEP_UP, way, form, status=422)
    try:
        with acting() as (work, session):
            act = on_paper.open_step_up(work, session, way, form.typed.data or "")
    except Refused as refused:
        return code_page.paper(STEP_UP, way, form, refused=refused, status=status_of(refused))
    return _go_on(act)


@bp.post("/password")
@stage("full", hashes=True)
def with_password() -> ResponseReturnValue:
    form = forms.ProvePassword()
    if not form.validate():
        return show("step_up/password.html", form=form, status=422)
    who = present()
    try:
        checked = step_up.check_password(core().database, hasher(), who, asks_from(), form.password.data or "")
        with acting() as (work, session):
            act = step_up.with_password(work, session, checked)
    except Refused as refused:
        return show("step_up/password.html", form=form, refused=refused, status=status_of(refused))
    return _go_on(act)


@bp.get("/send")
@bp.get("/passkey")
@bp.get("/password")
@stage("full")
def sent() -> ResponseReturnValue:
    return see_other("step_up.code")


@bp.post("/send")
@stage("full")
def send() -> ResponseReturnValue:
    form = forms.SendCode()
    if not form.validate():
        return code_page.page(STEP_UP, form=form, status=422)
    try:
        with acting() as (work, session):
            sign_in.send_code(
                work, session, STEP_UP, form.number.data or "", form.method.data or "", seen_token=form.seen.data or ""
            )
    except Refused as refused:
        return code_page.page(STEP_UP, refused=refused, status=status_of(refused))
    return see_other("step_up.code")


@bp.get("/status")
@stage("full", poll=True)
def status() -> ResponseReturnValue:
    return code_page.status(STEP_UP)


@bp.post("/cancel")
@stage("full")
def cancel() -> ResponseReturnValue:
    form = forms.Confirm()
    if form.validate():
        with acting() as (work, session):
            step_up.cancel(work, session)
    return see_other("security.page")
