"""Open registration: the page on which people ask for an account."""

from __future__ import annotations

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from trustweb import accounts
from trustweb.authentication import registration
from trustweb.web.addresses import require_mailbox
from trustweb.web.base import forms, language
from trustweb.web.base.guards import stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.visitors import asks_from, writing
from trustweb.work import Refused

bp = Blueprint("registration", __name__, url_prefix="/create-account")


def _require_open() -> None:
    if core().config.registration != "open":
        abort(404)


@bp.get("")
@stage("anonymous")
def page() -> ResponseReturnValue:
    _require_open()
    return show("registration/page.html", form=forms.Address())


@bp.post("")
@stage("anonymous")
def ask() -> ResponseReturnValue:
    _require_open()
    form = forms.Address()
    if not form.validate():
        return show("registration/page.html", form=form, status=422)
    try:
        require_mailbox(accounts.clean_name(form.address.data or ""))
        with writing() as work:
            registration.ask(work, form.address.data or "", network=asks_from(), language=language.selected())
    except Refused as refused:
        return show("registration/page.html", form=form, refused=refused, status=status_of(refused))
    return see_other("registration.asked")


@bp.get("/mailbox")
@stage("anonymous")
def asked() -> ResponseReturnValue:
    _require_open()
    return show("registration/asked.html")
