"""A sign-in that waits for its outcome, because many wrong passwords were typed for that name."""

from __future__ import annotations

from contextlib import suppress
from math import ceil

from flask import Blueprint, session
from flask.typing import ResponseReturnValue

from trustweb.authentication import held_sign_in
from trustweb.authentication.held_sign_in import SignInHeld
from trustweb.database import Refused
from trustweb.web import forms, sign_in
from trustweb.web.guards import stage
from trustweb.web.refusals import status_of
from trustweb.web.show import see_other, show
from trustweb.web.sign_in import HELD
from trustweb.web.visitors import asks_from, core, origin, this_browser

bp = Blueprint("held_sign_in", __name__, url_prefix="/sign-in/wait")


@bp.get("")
@stage("anonymous")
def page() -> ResponseReturnValue:
    return _page(forms.Confirm())


def _page(form: forms.Form, *, status: int = 200) -> ResponseReturnValue:
    here = core()
    try:
        held = held_sign_in.read(here.keys, session.get(HELD, ""))
    except Refused:
        return see_other("sign_in.page")
    left = max(0, ceil((held.until - here.database.now()).total_seconds()))
    return show("held_sign_in/page.html", form=form, name=held.name, left=left, status=status)


@bp.post("")
@stage("anonymous")
def finish() -> ResponseReturnValue:
    form, sealed = forms.Confirm(), session.get(HELD, "")
    if not form.validate():
        return _page(form, status=422)
    try:
        signed_in = held_sign_in.finish(
            core().database, sealed, network=asks_from(), browser=this_browser(), origin=origin()
        )
    except SignInHeld:
        return see_other("held_sign_in.page")
    except Refused as refused:
        return sign_in.show_form(_form_again(sealed), refused=refused, status=status_of(refused))
    return sign_in.begin(signed_in)


def _form_again(sealed: str) -> forms.SignIn:
    """With the name that was typed."""
    form = forms.SignIn.blank()
    with suppress(Refused):
        form.account.data = held_sign_in.read(core().keys, sealed).name
    return form
