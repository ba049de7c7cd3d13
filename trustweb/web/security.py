"""The security page."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from trustweb.authentication import sign_in, two_factor
from trustweb.web import lockout
from trustweb.web.base import forms
from trustweb.web.base.guards import leave, stage
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.visitors import acting, present

bp = Blueprint("security", __name__, url_prefix="/security")
_PIECES = {
    "trusted-devices": "trusted_devices/_card.html",
    "authenticator-apps": "authenticator_apps/_card.html",
    "passkeys": "passkeys/_card.html",
    "recovery-key": "recovery_key/_card.html",
    "backup-codes": "backup_codes/_card.html",
    "app-passwords": "app_passwords/_card.html",
}


@bp.get("")
@stage("full")
def page() -> ResponseReturnValue:
    account = present().account
    if account.two_factor_since is None and core().config.two_factor == "required":
        return leave("two_factor.page")
    return show(
        "security/page.html",
        _PIECES.get(request.headers.get("HX-Target", ""), "trusted_numbers/_card.html"),
        may_turn_off=two_factor.is_optional(core().config),
        asks_trust=request.args.get("trust") == "ask",
        device_days=core().config.device_life // 86400,
        said=request.args.get("said"),
        focus=request.args.get("focus"),
        **lockout.factors(),
    )


@bp.post("/strangers")
@stage("full")
def strangers_read() -> ResponseReturnValue:
    if forms.Confirm().validate():
        with acting() as (work, session):
            sign_in.note_read(work, session.account_id)
    return see_other("security.page")
