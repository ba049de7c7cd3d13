"""The security page, and the page that says what two-factor changes."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trustweb.authentication import sign_in
from trustweb.factors import enrolled
from trustweb.web import forms
from trustweb.web.guards import leave, stage
from trustweb.web.show import show
from trustweb.web.visitors import acting, core, present, reading

bp = Blueprint("security", __name__, url_prefix="/security")


@bp.get("")
@stage("full")
def page() -> ResponseReturnValue:
    account = present().account
    if account.two_factor_since is None and core().config.two_factor == "required":
        return leave(url_for("security.two_factor"))
    piece = "trusted_devices/_card.html" if request.headers.get("HX-Target") == "trusted-devices" else None
    return show(
        "security/page.html",
        piece or "trusted_numbers/_card.html",
        enrolled=enrolled.of(reading(), account.id),
        asks_trust=request.args.get("trust") == "ask",
        device_days=core().config.device_life // 86400,
        said=request.args.get("said"),
        focus=request.args.get("focus"),
    )


@bp.get("/two-factor")
@stage("full")
def two_factor() -> ResponseReturnValue:
    if present().account.two_factor_since is not None:
        return redirect(url_for("security.page"), 303)
    return show("two_factor/page.html", required=core().config.two_factor == "required")


@bp.post("/strangers")
@stage("full")
def strangers_read() -> ResponseReturnValue:
    if forms.Confirm().validate():
        with acting() as (work, session):
            sign_in.note_read(work, session.account_id)
    return redirect(url_for("security.page"), 303)
