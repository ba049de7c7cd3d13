"""*Forgot your password?*: the ways to a new one, which are the same for every name, and their pages."""

from __future__ import annotations

from flask import Blueprint, session
from flask.typing import ResponseReturnValue

from trustweb import accounts
from trustweb.authentication import passwords
from trustweb.codes.links import LinkSpent
from trustweb.recovery import password_reset
from trustweb.recovery.password_reset import Requester
from trustweb.web.addresses import require_mail, require_mailbox
from trustweb.web.base import forms, language
from trustweb.web.base.guards import stage
from trustweb.web.base.hashing import hasher
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.this_browser import browser_token, device_cookies
from trustweb.web.base.visitors import asks_from, end_reading, origin, reading, writing
from trustweb.work import Refused

bp = Blueprint("password_reset", __name__)
_ASKED = "forgotten"
"""The key in the session cookie under which the typed name is stored."""


def _requester() -> Requester:
    return Requester(asks_from(), browser_token(), device_cookies())


@bp.get("/forgotten-password")
@stage("anonymous")
def page() -> ResponseReturnValue:
    return _page(forms.Address(address=session.get(_ASKED, "")))


def _page(form: forms.Address, *, refused: Refused | None = None, status: int = 200) -> ResponseReturnValue:
    return show("password_reset/page.html", form=form, refused=refused, status=status)


@bp.post("/forgotten-password")
@stage("anonymous")
def begin() -> ResponseReturnValue:
    form = forms.Address()
    if not form.validate():
        return _page(form, status=422)
    try:
        session[_ASKED] = accounts.clean_name(form.address.data or "")
    except Refused as refused:
        return _page(form, refused=refused, status=status_of(refused))
    return see_other("password_reset.ways")


@bp.get("/forgotten-password/ways")
@stage("anonymous")
def ways() -> ResponseReturnValue:
    return _ways(forms.Confirm())


def _ways(form: forms.Form, *, refused: Refused | None = None, status: int = 200) -> ResponseReturnValue:
    if _ASKED not in session:
        return see_other("password_reset.page")
    mail = core().routes.mail
    return show("password_reset/ways.html", form=form, name=session[_ASKED], mail=mail, refused=refused, status=status)


@bp.post("/forgotten-password/mailbox")
@stage("anonymous")
def send_link() -> ResponseReturnValue:
    require_mail()
    form = forms.Confirm()
    if _ASKED not in session or not form.validate():
        return _ways(form, status=422)
    try:
        require_mailbox(session[_ASKED])
        with writing() as work:
            password_reset.send_link(work, session[_ASKED], _requester(), language=language.selected())
    except Refused as refused:
        return _ways(form, refused=refused, status=status_of(refused))
    return see_other("password_reset.sent")


@bp.get("/forgotten-password/mailbox")
@stage("anonymous")
def sent() -> ResponseReturnValue:
    require_mail()
    if _ASKED not in session:
        return see_other("password_reset.page")
    return show("password_reset/sent.html", name=session[_ASKED], minutes=core().config.reset_link_life // 60)


@bp.get("/forgotten-password/key")
@stage("anonymous")
def key() -> ResponseReturnValue:
    return _key(forms.ResetWithKey())


def _key(form: forms.ResetWithKey, *, refused: Refused | None = None, status: int = 200) -> ResponseReturnValue:
    least, name = passwords.least_length(core().config), form.account.data or session.get(_ASKED, "")
    return show("password_reset/key.html", form=form, name=name, least=least, refused=refused, status=status)


@bp.post("/forgotten-password/key")
@stage("anonymous", hashes=True)
def with_key() -> ResponseReturnValue:
    form, here = forms.ResetWithKey(), core()
    if not form.validate():
        return _key(form, status=422)
    end_reading()
    try:
        password_reset.with_key(
            here.database,
            hasher(),
            name=form.account.data or "",
            typed=form.key.data or "",
            new=form.new_password.data or "",
            requester=_requester(),
            origin=origin(),
        )
    except Refused as refused:
        return _key(form, refused=refused, status=status_of(refused))
    return _done()


@bp.get("/reset/<word>")
@stage("anonymous")
def link(word: str) -> ResponseReturnValue:
    return _link(word, forms.NewPassword())


def _link(
    word: str, form: forms.NewPassword, *, refused: Refused | None = None, status: int = 200
) -> ResponseReturnValue:
    try:
        name = password_reset.check(reading(), word)
    except LinkSpent:
        return show("password_reset/spent.html", status=404)
    least = passwords.least_length(core().config)
    return show(
        "password_reset/link.html", word=word, name=name, form=form, least=least, refused=refused, status=status
    )


@bp.post("/reset/<word>")
@stage("anonymous", hashes=True)
def with_link(word: str) -> ResponseReturnValue:
    form, here = forms.NewPassword(), core()
    if not form.validate():
        return _link(word, form, status=422)
    end_reading()
    try:
        password_reset.with_link(here.database, hasher(), word, form.new_password.data or "", origin())
    except Refused as refused:
        return _link(word, form, refused=refused, status=status_of(refused))
    return _done()


def _done() -> ResponseReturnValue:
    session.pop(_ASKED, None)
    return see_other("sign_in.page", said="reset")
