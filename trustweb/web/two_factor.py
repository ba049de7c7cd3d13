"""The page that explains two-factor authentication; turning it on and off, where it is optional."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from trustweb.authentication import step_up, two_factor
from trustweb.factors import enrolled, require_fresh_proof
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.hashing import hasher
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.visitors import acting, asks_from, reading, require_visitor
from trustweb.work import Refused

bp = Blueprint("two_factor", __name__, url_prefix="/security/two-factor")


@bp.get("")
@stage("full")
def page() -> ResponseReturnValue:
    account = require_visitor().account
    if account.two_factor_since is not None:
        return see_other("security.page")
    optional = two_factor.is_optional(core().config)
    return show("two_factor/page.html", required=not optional, enrolled=enrolled.of(reading(), account.id))


@bp.post("/on")
@stage("full", keeps=True)
def turn_on() -> ResponseReturnValue:
    if not forms.Confirm().validate():
        return see_other("two_factor.page")
    with acting() as (work, session):
        two_factor.turn_on(work, session)
    return see_other("security.page")


@bp.get("/off")
@stage("full")
def off() -> ResponseReturnValue:
    who = require_visitor()
    if not _may_turn_off():
        return see_other("security.page")
    require_fresh_proof(who.session, core().database.now())
    return _off(forms.ProvePassword())


@bp.post("/off")
@stage("full", hashes=True)
def plan_off() -> ResponseReturnValue:
    here, who = core(), require_visitor()
    if not _may_turn_off():
        return see_other("security.page")
    require_fresh_proof(who.session, here.database.now())  # before the form is read: step-up keeps no password
    form = forms.ProvePassword()
    if not form.validate():
        return _off(form, status=422)
    password = form.password.data or ""
    try:
        checked = step_up.check_password(here.database, hasher(), who, asks_from(), password)
        with acting() as (work, session):
            two_factor.plan_off(work, session, password, checked)
    except Refused as refused:
        return _off(form, refused=refused, status=status_of(refused))
    return see_other("security.page")


@bp.post("/keep")
@stage("full")
def keep_on() -> ResponseReturnValue:
    if forms.Confirm().validate():
        with acting() as (work, session):
            two_factor.keep_on(work, session)
    return see_other("security.page")


def _may_turn_off() -> bool:
    account = require_visitor().account
    on = account.two_factor_since is not None and account.two_factor_off_at is None
    return on and two_factor.is_optional(core().config)


def _off(form: forms.ProvePassword, *, refused: Refused | None = None, status: int = 200) -> ResponseReturnValue:
    hours = core().config.two_factor_off_rest // 3600
    return show("two_factor/off.html", form=form, refused=refused, hours=hours, status=status)
