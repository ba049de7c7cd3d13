"""What if I lose…?: what would still work without some of one's things, and which of them are lost together."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from trustweb.factors import enrolled, together
from trustweb.factors.enrolled import Enrolled
from trustweb.recovery import lockout
from trustweb.recovery.lockout import Rules
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.visitors import acting, present, reading

bp = Blueprint("lockout", __name__, url_prefix="/security/lose")


def factors() -> dict[str, Any]:
    """For the Security page: the account's factors, and what it means to lose each of them."""
    mine = enrolled.of(reading(), present().account.id)
    return {"enrolled": mine, "losses": losses(mine)}


def losses(mine: Enrolled) -> dict[str, str]:
    """By the factors' public ids."""
    things = lockout.things_of(mine, core().routes.methods, reading().now)
    return {name: each.outcome for name, each in lockout.single_losses(things, rules()).items()}


def rules() -> Rules:
    account = present().account
    return Rules(account.two_factor_since is not None, core().routes.mail, not account.password_by_mail)


def _page(form: forms.Form, **values: Any) -> ResponseReturnValue:
    mine = enrolled.of(reading(), present().account.id)
    things = lockout.things_of(mine, core().routes.methods, reading().now)
    asked = frozenset(request.args.getlist("lost"))
    lost = lockout.together(things, asked) & {each.id for each in things}
    return show(
        "lockout/page.html",
        "lockout/_verdict.html",
        enrolled=mine,
        units=lockout.units(things),
        lost=lost,
        losses=losses(mine),
        verdict=lockout.verdict(things, lost, rules()),
        advice=lockout.advice(things, lost, rules()),
        wait_hours=core().config.recovery_wait // 3600,
        form=form,
        said=request.args.get("said"),
        **values,
    )


@bp.get("")
@stage("full")
def page() -> ResponseReturnValue:
    return _page(forms.Confirm())


@bp.post("/together")
@stage("full")
def keep_together() -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return _page(form, status=422)
    with acting() as (work, session):
        together.keep(work, session, dict(request.form))
    return see_other("lockout.page", said="together")
