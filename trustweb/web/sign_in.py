"""Sign-in with name and password, then with a code, or with a passkey alone; and sign-out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, session
from flask.typing import ResponseReturnValue

from trustweb.authentication import on_paper, passkey_sign_in, password_sign_in, sessions, sign_in
from trustweb.authentication.held_sign_in import SignInHeld
from trustweb.codes import challenges
from trustweb.codes.challenges import SIGN_IN
from trustweb.factors import ceremonies
from trustweb.factors.ceremonies import ALONE, Binding
from trustweb.factors.on_paper import Way
from trustweb.models import SessionView
from trustweb.web.base import forms, way
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
    require_visitor,
    sign_in_browser,
    sign_out_browser,
    visitor,
    writing,
)
from trustweb.web.code_page import CodePage
from trustweb.work import Refused, Work

bp = Blueprint("sign_in", __name__)
HELD = "held"
"""The key in the session cookie under which the encrypted outcome of a delayed sign-in is stored."""


@bp.get("/")
@stage("anonymous")
def home() -> ResponseReturnValue:
    return see_other("security.page")


@bp.get("/sign-in")
@stage("anonymous")
def page() -> ResponseReturnValue:
    who = visitor()
    # A service may ask for another account than the one that is signed in.
    if who is not None and who.session.stage == sessions.FULL and "other" not in request.args:
        return see_other("security.page")
    form = forms.SignIn(typed=False, account=request.args.get("hint", "")[:254])
    return show_form(form, said=request.args.get("said"))


def show_form(form: forms.Form, **values: Any) -> Response:
    here = core()
    passkey = ceremonies.to_prove(here.config, here.keys, here.database.now(), Binding(ALONE, forms.family()))
    is_open = here.config.registration == "open"
    return show("sign_in/page.html", form=form, passkey=passkey, is_open=is_open, **values)


@bp.post("/sign-in")
@stage("anonymous", hashes=True)
def with_password() -> ResponseReturnValue:
    form = forms.SignIn()
    if not form.validate():
        return _signed_in_meanwhile(form) or show_form(form, status=422)
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


def _signed_in_meanwhile(form: forms.Form) -> Response | None:
    """Go on to the service when the form is old because the person has signed in in another tab."""
    who = visitor()
    if not (way.path() and form.stale and who is not None and who.session.stage == sessions.FULL):
        return None
    return see_other("security.page")


@bp.get("/sign-in/passkey")
@stage("anonymous")
def answered() -> ResponseReturnValue:
    return see_other("sign_in.page")  # a reload of the answer to a refused form


@bp.post("/sign-in/passkey")
@stage("anonymous")
def with_passkey_alone() -> ResponseReturnValue:
    form = forms.Passkey()
    if not form.validate():
        return _signed_in_meanwhile(form) or show_form(forms.SignIn(), problem=form, status=422)
    try:
        signed_in = passkey_sign_in.with_passkey_alone(
            core().database, form.answer.data or "", network=asks_from(), browser=this_browser(), origin=origin()
        )
    except Refused as refused:
        return show_form(forms.SignIn(), refused=refused, status=status_of(refused))
    return begin(signed_in)


def begin(signed_in: sign_in.SignedIn) -> Response:
    """Give the browser its new session, and answer with the next page."""
    if (before := visitor()) is not None:  # sign out whoever was signed in in this browser
        with writing(before.account.id) as work:
            sessions.sign_out(work, before.session)
    sign_out_browser()
    forms.begin_family()
    sign_in_browser(signed_in.token)
    if signed_in.stage == sessions.FULL:
        return _arrive(signed_in)
    return keep_browser(see_other("sign_in.code"))


def _arrive(signed_in: sign_in.SignedIn) -> Response:
    """Answer a finished sign-in. A browser that is not trusted is asked whether to trust it."""
    asks = signed_in.device is None and signed_in.proved
    response = see_other("security.page", trust="ask" if asks else None)
    if signed_in.device is not None:
        keep_device(response, signed_in.device)
    return keep_browser(response)


class _CodePage(CodePage):
    purpose, stage = SIGN_IN, "password"

    def prove_by_code(self, work: Work, session: SessionView, typed: str) -> sign_in.SignedIn:
        return sign_in.with_code(work, session, typed, browser=this_browser())

    def prove_by_passkey(self, work: Work, session: SessionView, answer: str) -> sign_in.SignedIn:
        return passkey_sign_in.with_passkey(work, session, answer, browser=this_browser())

    def prove_on_paper(self, work: Work, session: SessionView, paper: Way, typed: str) -> sign_in.SignedIn:
        return on_paper.sign_in(work, session, paper, typed, browser=this_browser())

    def arrive(self, proved: sign_in.SignedIn) -> Response:
        sign_in_browser(proved.token)
        return _arrive(proved)


_code_page = _CodePage(bp, "/sign-in/code")


@bp.post("/sign-in/cancel")
@stage("password")
def cancel() -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return _code_page.show(form=form, status=422)
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
    who = require_visitor()
    with writing(who.account.id) as work:
        sessions.sign_out(work, who.session)
    sign_out_browser()
    return see_other("sign_in.page", said="signed-out")
