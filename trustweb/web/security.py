"""The security page, and the page that says what two-factor changes."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trustweb.authentication import sign_in
from trustweb.factors import trusted_numbers
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
    numbers = trusted_numbers.listed(reading(), account.id)
    return show(
        "security/page.html",
        "trusted_numbers/_card.html",
        numbers=numbers,
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
