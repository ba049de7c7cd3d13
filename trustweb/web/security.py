"""The Security page."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from trustweb.authentication import sign_in, two_factor
from trustweb.web.base import forms
from trustweb.web.base.guards import leave, stage
from trustweb.web.base.show import see_other, wants_fragment
from trustweb.web.base.site import core
from trustweb.web.base.visitors import acting, require_visitor
from trustweb.web.kinds import CARDS
from trustweb.web.overview import show_card

bp = Blueprint("security", __name__, url_prefix="/security")
_CARDS = {*(kind.folder for kind in CARDS), "services", "app_passwords"}
"""Those that HTMX may ask for alone."""


@bp.get("")
@stage("full")
def page() -> ResponseReturnValue:
    account = require_visitor().account
    if account.two_factor_since is None and core().config.two_factor == "required":
        return leave("two_factor.page")
    asked = request.args.get("card")
    if asked not in _CARDS:
        if wants_fragment():  # from a page that an earlier version made: it does not say for which card it asks
            return leave("security.page", said=request.args.get("said"), focus=request.args.get("focus"))
        asked = None
    return show_card(
        asked,
        may_turn_off=two_factor.is_optional(core().config),
        asks_trust=request.args.get("trust") == "ask",
        device_days=core().config.device_life // 86400,
    )


@bp.post("/strangers")
@stage("full")
def strangers_read() -> ResponseReturnValue:
    if forms.Confirm().validate():
        with acting() as (work, session):
            sign_in.note_read(work, session.account_id)
    return see_other("security.page")
