"""The page of a notice's link “This wasn’t me”: it says what the link does, and does it after a click."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from trustweb.authentication import not_me
from trustweb.authentication.not_me import NotMeLinkSpent
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.visitors import end_reading, origin, reading

bp = Blueprint("not_me", __name__, url_prefix="/not-me")


@bp.get("/<word>")
@stage("anonymous")
def page(word: str) -> ResponseReturnValue:
    return _page(word)


@bp.post("/<word>")
@stage("anonymous")
def stop(word: str) -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return _page(word, form, status=422)
    end_reading()
    try:
        not_me.stop(core().database, word, origin())
    except NotMeLinkSpent:
        return show("not_me/spent.html", status=404)
    return see_other("not_me.stopped")


@bp.get("")
@stage("anonymous")
def stopped() -> ResponseReturnValue:
    return show("not_me/stopped.html", hours=core().config.freeze_life // 3600)


def _page(word: str, form: forms.Confirm | None = None, *, status: int = 200) -> ResponseReturnValue:
    try:
        not_me.check(reading(), word)
    except NotMeLinkSpent:
        return show("not_me/spent.html", status=404)
    hours = core().config.freeze_life // 3600
    return show("not_me/page.html", form=form or forms.Confirm(), here=request.path, hours=hours, status=status)
