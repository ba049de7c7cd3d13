"""The account's activity: the journal by kinds of events, and as a file to download."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from trustweb import journal, json_stream
from trustweb.database import Database
from trustweb.models import AccountView
from trustweb.web.base.guards import stage
from trustweb.web.base.show import show, wants_fragment
from trustweb.web.base.site import core
from trustweb.web.base.visitors import reading, require_visitor

bp = Blueprint("journal", __name__, url_prefix="/security/activity")
_RECENT = 5
_PAGE = 50
_AT_ONCE = 500


@bp.get("")
@stage("full")
def page() -> ResponseReturnValue:
    if wants_fragment():  # the card of the Security page opens in place
        recent = journal.latest(reading(), require_visitor().account.id, _RECENT)
        return show("journal/page.html", "journal/_card.html", entries=recent)
    shown = request.args.get("show", "")
    shown = shown if shown in journal.SHOWN else journal.SHOWN[0]
    below = max(0, min(request.args.get("before", journal.NEWEST, type=int), journal.NEWEST))
    found = journal.latest(reading(), require_visitor().account.id, _PAGE + 1, show=shown, below=below)
    entries = found[:_PAGE]
    older = entries[-1].seq if len(found) > _PAGE else None
    return show("journal/page.html", entries=entries, shown=shown, older=older)


@bp.get("/journal.json")
@stage("full")
def download() -> ResponseReturnValue:
    account = require_visitor().account
    headers = {"Content-Disposition": 'attachment; filename="journal.json"'}
    return Response(document(core().database, account), mimetype="application/json", headers=headers)


def document(database: Database, account: AccountView) -> Iterator[str]:
    """Yield the account's whole journal as one JSON object, in pieces."""
    yield f'{{\n"account": {json.dumps(account.name)},\n"entries": '
    yield from json_stream.array(_pages(database, account.id))
    yield "\n}\n"


def _pages(database: Database, account_id: int) -> Iterator[list[dict[str, Any]]]:
    below = journal.NEWEST
    while True:
        with database.reading() as work:  # a transaction per page, so that a slow download holds none open
            entries = journal.latest(work, account_id, _AT_ONCE, below=below)
        if not entries:
            return
        yield [asdict(each) | {"at": each.at.isoformat()} for each in entries]
        below = entries[-1].seq
