"""``/authorize``, where apps send people who are to sign in (OpenID Connect)."""

from __future__ import annotations

from flask import Blueprint, Flask, g, redirect, request
from flask.typing import ResponseReturnValue

from trustweb.accounts import token_hash
from trustweb.codes import limits
from trustweb.models import ServiceView
from trustweb.services import app_request, leaving, requests, way_in
from trustweb.services.app_request import AppError, AppRequest, RequestTooLong, UnknownApp, UnknownRedirect
from trustweb.services.way_in import READY
from trustweb.web import service_requests
from trustweb.web.base.guards import stage
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.this_browser import browser_token, keep_browser
from trustweb.web.base.visitors import asks_from, end_reading, reading, require_visitor, visitor, writing

bp = Blueprint("authorize", __name__)


def register(app: Flask) -> None:
    for error in (UnknownApp, UnknownRedirect, RequestTooLong):
        app.register_error_handler(error, lambda refused: show("services/wrong.html", refused=refused, status=400))
    app.register_error_handler(AppError, lambda error: redirect(_told(error), 303))


def _told(error: AppError) -> str:
    values = {"error": error.code, "error_description": error.description}
    return app_request.answer(error.redirect_uri, core().config.origin, values, error.state)


@bp.route("/authorize", methods=["GET", "POST"])
@stage("anonymous", any_origin=True)
def ask() -> ResponseReturnValue:
    pairs = request.args if request.method == "GET" else request.form
    service, asked = app_request.read(reading(), pairs.items(multi=True))
    g.service = service
    if request.method == "POST":  # from another site, and so without cookies
        return see_other("service_requests.go_on", request_id=_keep(service, asked, ""))
    wanted = way_in.by_app(reading(), service, asked, core().database.now())
    step = way_in.next_step(reading(), visitor(), wanted)
    if step == READY:
        with service_requests.going(require_visitor()) as (work, session):
            url = leaving.to_app(work, session, service, asked)
        return redirect(url, 303)
    if "none" in asked.prompt:
        raise way_in.silent_error(step, asked)
    request_id = _keep(service, asked, token_hash(browser_token()))
    return keep_browser(see_other("service_requests.go_on", request_id=request_id))


def _keep(service: ServiceView, asked: AppRequest, browser_hash: str) -> str:
    """Store the request and return its id. Raises limits.TooOften."""
    end_reading()
    with writing() as work:
        limits.take(work, *limits.of_network("service_requests", asks_from(), work.config.service_requests))
        return requests.keep(work, service.id, requests.AUTHORIZE, asked.raw, browser_hash)
