"""The account's side of the browser door: who may enter a site leaves for it with a ticket."""

from __future__ import annotations

import re

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from trustweb.authentication import proofs, sessions
from trustweb.authentication.sessions import Visitor
from trustweb.models import ServiceView
from trustweb.services import listing, policy, tickets
from trustweb.services.tickets import RequestSpent
from trustweb.web.base.guards import leave, stage
from trustweb.web.base.show import show
from trustweb.web.base.visitors import end_reading, reading, visitor, writing

bp = Blueprint("enter", __name__, url_prefix="/services")
_NAME = re.compile(r"[a-z0-9-]{1,32}")
_START = re.compile(r"[A-Za-z0-9_-]{43}")


@bp.get("/<name>/enter")
@stage("anonymous")
def enter(name: str) -> ResponseReturnValue:
    service = listing.by_name(reading(), name) if _NAME.fullmatch(name) else None
    if service is None or not service.browser:
        return show("browser_door/spent.html", status=404)
    start = request.args.get("start", "")
    wanted = tickets.request_of(reading(), service, start) if _START.fullmatch(start) else None
    if wanted is None:
        return show("browser_door/spent.html", status=404, service=service)
    who = visitor()
    if who is None or not _may_enter(who, service):
        return leave("sign_in.page")
    end_reading()
    try:
        with writing(who.account.id) as work:
            there = tickets.leave_to_site(work, sessions.reload(work, who), wanted, service)
    except RequestSpent:
        return show("browser_door/spent.html", status=404, service=service)
    return Response(status=303, headers={"Location": there})


def _may_enter(who: Visitor, service: ServiceView) -> bool:
    """Return True for a full session of somebody in the service's groups, who has proved what it needs."""
    work = reading()
    proved = proofs.meets(who.session, service.needs, service.within, work.now)
    return proved and policy.may_enter(service, listing.groups_of(work, who.account.id))
