"""*Can't use any of these?*: starting and stopping an account recovery, and the link that finishes it."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from trustweb.authentication import passwords
from trustweb.codes.links import LinkSpent
from trustweb.recovery import account_recovery
from trustweb.web.addresses import require_mailbox
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.hashing import hasher
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.this_browser import browser_token, device_cookies, keep_browser
from trustweb.web.base.visitors import (
    acting,
    asks_from,
    origin,
    reading,
    require_visitor,
    sign_in_browser,
    sign_out_browser,
)
from trustweb.work import Refused

bp = Blueprint("account_recovery", __name__)


def _page(*, refused: Refused | None = None, said: str = "", status: int = 200) -> ResponseReturnValue:
    state = account_recovery.state(reading(), require_visitor().session, mail=core().routes.mail)
    hours = core().config.recovery_wait // 3600
    return show("account_recovery/page.html", state=state, hours=hours, refused=refused, said=said, status=status)


@bp.get("/sign-in/recovery")
@stage("password")
def page() -> ResponseReturnValue:
    return _page()


@bp.post("/sign-in/recovery")
@stage("password")
def start() -> ResponseReturnValue:
    if not forms.Confirm().validate():
        return _page(said="again", status=422)
    try:
        require_mailbox(require_visitor().account.name)
        with acting() as (work, session):
            account_recovery.start(work, session, mail=core().routes.mail)
    except Refused as refused:
        return _page(refused=refused, status=status_of(refused))
    return see_other("account_recovery.page")


@bp.post("/sign-in/recovery/link")
@stage("password")
def send_link() -> ResponseReturnValue:
    if not forms.Confirm().validate():
        return _page(said="again", status=422)
    try:
        require_mailbox(require_visitor().account.name)
        with acting() as (work, session):
            account_recovery.send_link(work, session)
    except Refused as refused:
        return _page(refused=refused, status=status_of(refused))
    return see_other("account_recovery.sent")


@bp.get("/sign-in/recovery/link")
@stage("password")
def sent() -> ResponseReturnValue:
    return _page(said="sent")


def _link(
    word: str, form: forms.ChangePassword, *, refused: Refused | None = None, status: int = 200
) -> ResponseReturnValue:
    try:
        name = account_recovery.check(reading(), word)
    except LinkSpent:
        return show("account_recovery/spent.html", status=404)
    least = passwords.least_length(core().config)
    return show(
        "account_recovery/link.html", word=word, name=name, form=form, least=least, refused=refused, status=status
    )


@bp.get("/recover/<word>")
@stage("anonymous")
def link(word: str) -> ResponseReturnValue:
    return _link(word, forms.ChangePassword())


@bp.post("/recover/<word>")
@stage("anonymous", hashes=True)
def finish(word: str) -> ResponseReturnValue:
    form, here = forms.ChangePassword(), core()
    if not form.validate():
        return _link(word, form, status=422)
    password, new = form.current_password.data or "", form.new_password.data or ""
    try:
        session = account_recovery.finish(
            here.database, hasher(), word, password=password, new=new, browser=browser_token(),
            network=asks_from(),
            origin=origin(),
            devices=device_cookies(),
        )  # fmt: skip
    except Refused as refused:
        return _link(word, form, refused=refused, status=status_of(refused))
    sign_out_browser()
    sign_in_browser(session)
    return keep_browser(see_other("two_factor.page"))


@bp.post("/security/recovery/stop")
@stage("full")
def stop() -> ResponseReturnValue:
    said = "again"
    if forms.Confirm().validate():
        try:
            with acting() as (work, session):
                account_recovery.stop(work, session)
            said = "stopped"
        except Refused:
            said = "stopped-before"
    return see_other("security.page", said=said)
