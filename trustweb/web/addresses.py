"""The account's e-mail address: proving it, changing it, and the pages of the links in mails."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from trustweb import accounts
from trustweb.codes.links import CHANGE, LinkSpent
from trustweb.factors import addresses
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.visitors import acting, end_reading, origin, reading, require_visitor
from trustweb.work import Refused

bp = Blueprint("addresses", __name__)


def require_mail() -> None:
    """Answer 404 where no transport sends mails."""
    if not core().routes.mail:
        abort(404)


def require_mailbox(address: str) -> None:
    """Refuse an address to which no transport can send, before a mail is promised.

    Raises CannotMail, whether or not an account has the address.
    """
    core().routes.check_mailbox(address)


@bp.post("/account/address/confirm")
@stage("full")
def ask_proof() -> ResponseReturnValue:
    require_mail()
    if not forms.Confirm().validate():
        return see_other("account.page", said="again")
    try:
        require_mailbox(require_visitor().account.name)
        with acting() as (work, session):
            addresses.ask_proof(work, session)
    except Refused as refused:
        return _change(forms.Address(), refused=refused, status=status_of(refused))
    return see_other("account.page", said="link")


def _change(form: forms.Address, *, refused: Refused | None = None, status: int = 200) -> ResponseReturnValue:
    return show("addresses/change.html", form=form, refused=refused, status=status)


@bp.get("/account/address/confirm")
@stage("full")
def asked() -> ResponseReturnValue:
    return see_other("account.page")  # a reload of the answer to a refused form


@bp.get("/account/address")
@stage("full")
def change() -> ResponseReturnValue:
    require_mail()
    try:
        addresses.check_change(reading(), require_visitor().session)
    except Refused as refused:
        return _change(forms.Address(), refused=refused)
    return _change(forms.Address())


@bp.post("/account/address")
@stage("full", keeps=True)
def ask_change() -> ResponseReturnValue:
    require_mail()
    form = forms.Address()
    if not form.validate():
        return _change(form, status=422)
    try:
        require_mailbox(accounts.clean_name(form.address.data or ""))
        with acting() as (work, session):
            addresses.ask_change(work, session, form.address.data or "")
    except Refused as refused:
        return _change(form, refused=refused, status=status_of(refused))
    return see_other("account.page", said="link")


@bp.get("/address/<word>")
@stage("anonymous")
def link(word: str) -> ResponseReturnValue:
    return _link(word, forms.Confirm())


@bp.post("/address/<word>")
@stage("anonymous")
def follow(word: str) -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return _link(word, form, status=422)
    end_reading()
    try:
        addresses.follow(core().database, word, origin())
    except LinkSpent:
        return show("addresses/spent.html", status=404)
    except Refused as refused:
        return _link(word, form, refused=refused, status=status_of(refused))
    return see_other("addresses.followed")


@bp.get("/address")
@stage("anonymous")
def followed() -> ResponseReturnValue:
    return show("addresses/followed.html")


def _link(word: str, form: forms.Confirm, *, refused: Refused | None = None, status: int = 200) -> ResponseReturnValue:
    try:
        found = addresses.find(reading(), word)
    except LinkSpent:
        return show("addresses/spent.html", status=404)
    changes = found.act == CHANGE
    return show(
        "addresses/link.html", form=form, here=request.path, address=found.address, changes=changes, refused=refused,
        status=status,
    )  # fmt: skip
