"""The page of the lock-out check, *What if I lose…?*, where people also say which factors are on one device."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from trustweb.factors import enrolled, together
from trustweb.models import ServiceView
from trustweb.recovery import lockout
from trustweb.services import listing, policy
from trustweb.web import overview
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.visitors import acting, reading, require_visitor

bp = Blueprint("lockout", __name__, url_prefix="/security/lose")


def _page(form: forms.Form, **values: Any) -> ResponseReturnValue:
    mine = enrolled.of(reading(), require_visitor().account.id)
    things, rules = overview.things_of(mine), overview.rules()
    asked = frozenset(request.args.getlist("lost"))
    lost = lockout.with_shared_devices(things, asked) & {each.id for each in things}
    verdict = lockout.verdict(things, lost, rules)
    open_services, shut_services = lockout.after(_services(), lockout.verdict(things, (), rules), verdict)
    return show(
        "lockout/page.html",
        "lockout/_verdict.html",
        enrolled=mine,
        loss_groups=lockout.loss_groups(things),
        lost=lost,
        losses=overview.losses(things),
        verdict=verdict,
        open_services=open_services,
        shut_services=shut_services,
        advice=lockout.advice(things, lost, rules),
        wait_hours=core().config.recovery_wait // 3600,
        form=form,
        said=request.args.get("said"),
        **values,
    )


def _services() -> list[ServiceView]:
    """Return the services that the person may use by signing in here; a program has its own password."""
    work = reading()
    groups = listing.groups_of(work, require_visitor().account.id)
    reached = [each for each in listing.every(work) if each.oidc or each.browser]
    return [each for each in reached if policy.may_enter(each, groups)]


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
