"""The page of a delayed sign-in, after many wrong passwords for its name."""

from __future__ import annotations

from math import ceil

from flask import Blueprint, session
from flask.typing import ResponseReturnValue

from trustweb.authentication import held_sign_in
from trustweb.authentication.held_sign_in import Held, SignInHeld
from trustweb.web import sign_in
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.this_browser import this_browser
from trustweb.web.base.visitors import origin
from trustweb.web.sign_in import HELD
from trustweb.work import Refused

bp = Blueprint("held_sign_in", __name__, url_prefix="/sign-in/wait")


@bp.get("")
@stage("anonymous")
def page() -> ResponseReturnValue:
    return _page(forms.Seen.blank())


def _page(form: forms.Form, *, status: int = 200) -> ResponseReturnValue:
    try:
        held = _held()
    except Refused:
        session.pop(HELD, None)
        return see_other("sign_in.page")
    left = max(0, ceil((held.until - core().database.now()).total_seconds()))
    return show("held_sign_in/page.html", form=form, held=held, left=left, status=status)


def _held() -> Held:
    return held_sign_in.read(core().database, session.get(HELD, ""))


@bp.post("")
@stage("anonymous")
def finish() -> ResponseReturnValue:
    form, name = forms.Seen(), ""
    if not form.validate():
        return _page(form, status=422)
    try:
        held = _held()
        if form.seen.data != held.nonce:  # the form is another tab's, which waits for another sign-in
            return see_other("held_sign_in.page")
        name = held.name
        signed_in = held_sign_in.finish(core().database, session[HELD], browser=this_browser(), origin=origin())
    except SignInHeld:
        return see_other("held_sign_in.page")
    except Refused as refused:
        session.pop(HELD, None)
        return sign_in.show_form(forms.SignIn(typed=False, account=name), refused=refused, status=status_of(refused))
    return sign_in.begin(signed_in)
