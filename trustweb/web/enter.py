"""The entrance at the account's host for people whom a site behind the browser door sends to sign in."""

from __future__ import annotations

import re

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from trustweb.accounts import token_hash
from trustweb.services import listing, requests
from trustweb.services.requests import ENTER, RequestOver
from trustweb.web.base.guards import stage
from trustweb.web.base.show import see_other
from trustweb.web.base.this_browser import browser_token, keep_browser
from trustweb.web.base.visitors import reading

bp = Blueprint("enter", __name__, url_prefix="/services")
_START = re.compile(r"[A-Za-z0-9_-]{43}")


@bp.get("/<name>/enter")
@stage("anonymous")
def enter(name: str) -> ResponseReturnValue:
    """Lead on to the pages of the request, by which this browser has to be known from here on."""
    start = request.args.get("start", "")
    if not _START.fullmatch(start):
        raise RequestOver
    found = requests.find(reading(), start, token_hash(browser_token()))
    service = listing.by_id(reading(), found.service_id)
    if found.kind != ENTER or service is None or service.name != name:
        raise RequestOver
    return keep_browser(see_other("service_requests.go", request_id=start))
