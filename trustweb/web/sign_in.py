"""Account and password; then the code; and signing out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, session
from flask.typing import ResponseReturnValue

from trustweb.authentication import on_paper, passkey_sign_in, password_sign_in, sessions, sign_in
from trustweb.authentication.held_sign_in import SignInHeld
from trustweb.codes import challenges
from trustweb.codes.challenges import SIGN_IN
from trustweb.database import Refused
from trustweb.factors import ceremonies
from trustweb.factors.ceremonies import ALONE, Asker
from trustweb.web import code_page
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.hashing import hasher
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.this_browser import keep_browser, keep_device, this_browser
from trustweb.web.base.visitors import (
    acting,
    asks_from,
    origin,
    present,
    sign_in_browser,
    sign_out_browser,
    visitor,
    writing,
)

bp = Blueprint("sign_in", __name__)
HELD = "held"
"""In the browser's own cookie: a sign-in whose outcome waits."""


@bp.get("/")
@stage("anonymous")
def home() -> ResponseReturnValue:
    return see_other("security.page")


@bp.get("/sign-in")
@stage("anonymous")
def page() -> ResponseReturnValue:
    who = visitor()
    if who is not None and who.session.stage == sessions.FULL:
        return see_other("security.page")
    return show_form(forms.SignIn.blank(), said=request.args.get("said"))


def show_form(form: forms.Form, **values: Any) -> Response:
    here = core()
    passkey = ceremonies.to_prove(here.config, here.keys, here.database.now(), Asker(ALONE, forms.family()))
    is_open = here.config.registration == "open"
    return show("sign_in/page.html", form=form, passkey=passkey, is_open=is_open, **values)


@bp.post("/sign-in")
@stage("anonymous", hashes=True)
def with_password() -> ResponseReturnValue:
    form = forms.SignIn()
    if not form.validate():
        return show_form(form, status=422)
    try:
        signed_in = password_sign_in.with_password(
            core().database,
            hasher(),
            name=form.account.data or "",
            password=form.password.data or "",
            network=asks_from(),
            browser=this_browser(),
            origin=origin(),
        )
    except SignInHeld as held:
        session[HELD] = held.sealed
        return keep_browser(see_other("held_sign_in.page"))
    except Refused as refused:
        return show_form(form, refused=refused, status=status_of(refused))
    return begin(signed_in)


@bp.get("/sign-in/passkey")
@stage("anonymous")
def answered() -> ResponseReturnValue:
    return see_other("sign_in.page")  # somebody reloaded the answer to a refused one


@bp.post("/sign-in/passkey")
@stage("anonymous")
def with_passkey_alone() -> ResponseReturnValue:
    form = forms.Passkey()
    if not form.validate():
        return show_form(forms.SignIn(), problem=form, status=422)
    try:
        signed_in = passkey_sign_in.with_passkey_alone(
            core().database, form.answer.data or "", network=asks_from(), browser=this_browser(), origin=origin()
        )
    except Refused as refused:
        return show_form(forms.SignIn(), refused=refused, status=status_of(refused))
    return begin(signed_in)


def begin(signed_in: sign_in.SignedIn) -> Response:
    if (before := visitor()) is not None:  # whoever was signed in here is not any more
        with writing(before.account.id) as work:
            sessions.sign_out(work, before.session)
    sign_out_browser()
    forms.begin_family()
    sign_in_browser(signed_in.token)
    if signed_in.stage == sessions.FULL:
        return _arrive(signed_in)
    return keep_browser(see_other("sign_in.code"))


def _arrive(signed_in: sign_in.SignedIn) -> Response:
    """Signed in; a browser that is not trusted is asked whether it should be."""
    asks = signed_in.device is None and signed_in.proved
    response = see_other("security.page", trust="ask" if asks else None)
    if signed_in.device is not None:
        keep_device(response, signed_in.device)
    return keep_browser(response)


@bp.get("/sign-in/code")
@stage("password")
def code() -> ResponseReturnValue:
    return code_page.page(SIGN_IN)


@bp.post("/sign-in/code")
@stage("password")
def with_code() -> ResponseReturnValue:
    form = forms.Code()
    if not form.validate():
        return code_page.page(SIGN_IN, form=form, status=422)
    try:
        with acting() as (work, session):
            signed_in = sign_in.with_code(work, session, form.code.data or "", browser=this_browser())
    except Refused as refused:
        return code_page.page(SIGN_IN, refused=refused, status=status_of(refused))
    sign_in_browser(signed_in.token)
    return _arrive(signed_in)


@bp.post("/sign-in/code/passkey")
@stage("password")
def with_passkey() -> ResponseReturnValue:
    form = forms.Passkey()
    if not form.validate():
        return code_page.page(SIGN_IN, form=form, status=422)
    try:
        with acting() as (work, session):
            signed_in = passkey_sign_in.with_passkey(work, session, form.answer.data or "", browser=this_browser())
    except Refused as refused:
        return code_page.page(SIGN_IN, refused=refused, status=status_of(refused))
    sign_in_browser(signed_in.token)
    return _arrive(signed_in)


@bp.get("/sign-in/code/with/<way>")
@stage("password")
def ask_paper(way: str) -> ResponseReturnValue:
    return code_page.ask_paper(SIGN_IN, way)


@bp.post("/sign-in/code/with/<way>")
@stage("password")
def with_paper(way: str) -> ResponseReturnValue:
    form = forms.OnPaper()
    if not form.validate():
        return code_page.paper(SIGN_IN, way, form, status=422)
    try:
        with acting() as (work, session):
            signed_in = on_paper.sign_in(work, session, way, form.typed.data or "", browser=this_browser())
    except Refused as refused:
        return code_page.paper(SIGN_IN, way, form, refused=refused, status=status_of(refused))
    sign_in_browser(signed_in.token)
    return _arrive(signed_in)


@bp.get("/sign-in/code/passkey")
@bp.get("/sign-in/code/send")
@stage("password")
def sent() -> ResponseReturnValue:
    return see_other("sign_in.code")  # somebody reloaded the answer to a refused send


@bp.post("/sign-in/code/send")
@stage("password")
def send() -> ResponseReturnValue:
    form = forms.SendCode()
    if not form.validate():
        return code_page.page(SIGN_IN, form=form, status=422)
    try:
        with acting() as (work, session):
            sign_in.send_code(
                work, session, SIGN_IN, form.number.data or "", form.method.data or "", seen_token=form.seen.data or ""
            )
    except Refused as refused:
        return code_page.page(SIGN_IN, refused=refused, status=status_of(refused))
    return see_other("sign_in.code")


@bp.get("/sign-in/code/status")
@stage("password", poll=True)
def status() -> ResponseReturnValue:
    return code_page.status(SIGN_IN)


@bp.post("/sign-in/cancel")
@stage("password")
def cancel() -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return code_page.page(SIGN_IN, form=form, status=422)
    with acting() as (work, session):
        challenges.cancel(work, session, SIGN_IN)
        sessions.end(work, session.id)
    sign_out_browser()
    return see_other("sign_in.page")


@bp.post("/sign-out")
@stage("full")
def sign_out() -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return see_other("security.page")
    who = present()
    with writing(who.account.id) as work:
        sessions.sign_out(work, who.session)
    sign_out_browser()
    return see_other("sign_in.page", said="signed-out")
