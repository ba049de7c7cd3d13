"""What happened to the account: all of it, by kinds, and to take away."""

from __future__ import annotations

import json
from dataclasses import asdict

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from trustweb import journal
from trustweb.web.guards import stage
from trustweb.web.show import show, wants_fragment
from trustweb.web.visitors import present, reading

bp = Blueprint("journal", __name__, url_prefix="/security/activity")
_RECENT = 5
_PAGE = 50


@bp.get("")
@stage("full")
def page() -> ResponseReturnValue:
    if wants_fragment():  # the card of the Security page opens in place
        recent = journal.latest(reading(), present().account.id, _RECENT)
        return show("journal/page.html", "journal/_card.html", entries=recent)
    shown = request.args.get("show", "")
    shown = shown if shown in journal.SHOWN else journal.SHOWN[0]
    below = max(0, min(request.args.get("before", journal.NEWEST, type=int), journal.NEWEST))
    found = journal.latest(reading(), present().account.id, _PAGE + 1, show=shown, below=below)
    entries = found[:_PAGE]
    older = entries[-1].seq if len(found) > _PAGE else None
    return show("journal/page.html", entries=entries, shown=shown, older=older)


@bp.get("/journal.json")
@stage("full")
def download() -> ResponseReturnValue:
    account = present().account
    entries = [asdict(each) | {"at": each.at.isoformat()} for each in journal.everything(reading(), account.id)]
    body = json.dumps({"account": account.name, "entries": entries}, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="journal.json"'}
    return Response(body, mimetype="application/json", headers=headers)
