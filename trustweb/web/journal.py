"""What happened to the account: all of it, by kinds, and to take away."""

from __future__ import annotations

import json
from dataclasses import asdict

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from trustweb import journal
from trustweb.journal import Entry
from trustweb.web.guards import stage
from trustweb.web.show import show
from trustweb.web.visitors import present, reading

bp = Blueprint("journal", __name__, url_prefix="/security/activity")
_RECENT = 5
_PAGE = 50


def recent() -> list[Entry]:
    """For the card of the Security page."""
    return journal.latest(reading(), present().account.id, _RECENT)


@bp.get("")
@stage("full")
def page() -> ResponseReturnValue:
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
