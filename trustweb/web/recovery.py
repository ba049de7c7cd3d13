"""The page of the operator's recovery link, for somebody who has lost every way to sign in."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from trustweb.authentication import passwords
from trustweb.codes.links import LinkSpent
from trustweb.recovery import operator_link
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.hashing import hasher
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.this_browser import browser_token, keep_browser
from trustweb.web.base.visitors import origin, reading, sign_in_browser, sign_out_browser
from trustweb.work import Refused

bp = Blueprint("recovery", __name__, url_prefix="/recovery")


def _page(
    token: str, form: forms.NewPassword, *, refused: Refused | None = None, status: int = 200
) -> ResponseReturnValue:
    try:
        name = operator_link.look(reading(), token)
    except LinkSpent:
        return show("recovery/spent.html", status=404)
    least = passwords.least_length(core().config)
    return show("recovery/page.html", token=token, name=name, form=form, least=least, refused=refused, status=status)


@bp.get("/<token>")
@stage("anonymous")
def page(token: str) -> ResponseReturnValue:
    return _page(token, forms.NewPassword())


@bp.post("/<token>")
@stage("anonymous", hashes=True)
def begin_anew(token: str) -> ResponseReturnValue:
    form, here = forms.NewPassword(), core()
    if not form.validate():
        return _page(token, form, status=422)
    new = form.new_password.data or ""
    try:
        session = operator_link.use(here.database, hasher(), token, new, browser_token(), origin())
    except Refused as refused:
        return _page(token, form, refused=refused, status=status_of(refused))
    sign_out_browser()
    sign_in_browser(session)
    return keep_browser(see_other("two_factor.page"))
