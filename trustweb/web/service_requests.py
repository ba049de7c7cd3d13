"""The pages of one request on its way to a service: what comes next, consent, cancelling, and the way back to the app.

Every step is decided anew from the row, the session and the service; the browser only says which request it means.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import Blueprint, Flask, Response, g, redirect, request
from flask.typing import ResponseReturnValue

from trustweb.accounts import token_hash
from trustweb.authentication import sessions
from trustweb.authentication.sessions import Visitor
from trustweb.models import RequestView, ServiceView, SessionView
from trustweb.services import app_request, consents, leaving, listing, requests, way_in
from trustweb.services.app_request import AppRequest
from trustweb.services.requests import AUTHORIZE, RequestOver
from trustweb.services.way_in import CONSENT, PROVE, READY, SIGN_IN, Wanted
from trustweb.web.base import forms, way
from trustweb.web.base.guards import stage
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.this_browser import browser_token, keep_browser
from trustweb.web.base.visitors import (
    acting,
    end_reading,
    origin,
    reading,
    require_visitor,
    sign_out_browser,
    visitor,
    writing,
)
from trustweb.work import Work

bp = Blueprint("service_requests", __name__, url_prefix="/authorize/<request_id>")


def register(app: Flask) -> None:
    app.before_request(_look)
    app.register_error_handler(RequestOver, lambda _: show("services/over.html", status=410))


def _look() -> None:
    """Read the request on whose way this page is, and let no other browser go on with it. Raises RequestOver."""
    request_id = way.request_id()
    if request.routing_exception is not None or not (request_id or request.blueprint == bp.name):
        return
    if not request_id:  # letters that no id has
        raise RequestOver
    browser = token_hash(browser_token())
    found = requests.find(reading(), request_id, browser)
    service = listing.by_id(reading(), found.service_id)
    end_reading()  # a view that hashes a password keeps no transaction open
    if service is None:  # removed meanwhile
        raise RequestOver
    if not found.browser_hash:
        with writing() as work:
            requests.bind(work, request_id, browser)
    g.service_request, g.service = found, service
    g.needs = way_in.least(service, app_request.essential_acr(found.values.get("claims")))


def _row() -> RequestView:
    return cast("RequestView", g.service_request)


def _service() -> ServiceView:
    return cast("ServiceView", g.service)


def _asked() -> AppRequest | None:
    """Return what the app asked for; None on the way to a site. Raises what app_request.of_app raises."""
    row = _row()
    return app_request.of_app(_service(), row.values.items()) if row.kind == AUTHORIZE else None


def _wanted(work: Work, asked: AppRequest | None) -> Wanted:
    if asked is None:
        return way_in.to_site(_service(), _row().created_at)
    return way_in.by_app(work, _service(), asked, _row().created_at)


@bp.get("")
@stage("anonymous")
def go_on(request_id: str) -> ResponseReturnValue:
    return keep_browser(_next())


def _next() -> Response:
    """Lead to the page of the next step, or show it."""
    asked = _asked()
    if _row().cancelled:
        return _show_leaving(asked)
    wanted, who = _wanted(reading(), asked), visitor()
    step = way_in.next_step(reading(), who, wanted, _row())
    if step != READY and asked is not None and "none" in asked.prompt:
        raise way_in.silent_error(step, asked)
    if step == SIGN_IN:
        return _to_sign_in(who, asked)
    if request.args.get("trust") == "ask" and _may_trust(require_visitor()):
        return show("services/trust.html", device_days=core().config.device_life // 86400)
    if step == PROVE:
        return see_other("step_up.code")
    if step == CONSENT:
        return show("services/consent.html", scopes=way_in.to_consent(wanted), form=forms.Confirm.blank())
    if step == READY:
        return _show_leaving(asked)
    return show("services/barred.html", why=step, status=403)


def _to_sign_in(who: Visitor | None, asked: AppRequest | None) -> Response:
    if who is None:
        return see_other("sign_in.page", hint=(asked.login_hint or None) if asked else None)
    if who.session.stage == sessions.PASSWORD:
        return see_other("sign_in.code")
    return see_other("sign_in.page", other=1)


def _may_trust(who: Visitor) -> bool:
    until = who.session.step_up_until
    return who.account.two_factor_since is not None and until is not None and until > core().database.now()


def _show_leaving(asked: AppRequest | None) -> Response:
    """Show a page that goes on by itself.

    Browsers hold a form to our Content-Security-Policy through all redirects that follow it, and an app's address may
    lead to a third site. So what follows a form ends here, and the browser begins anew.
    """
    if asked is None and _row().cancelled:
        return show("services/not_entered.html")
    return show("services/leaving.html")


@bp.get("/go")
@stage("anonymous")
def go(request_id: str) -> ResponseReturnValue:
    asked = _asked()
    if _row().cancelled and asked is not None:
        end_reading()  # many at once would else wait for each other's second connection
        with writing() as work:
            requests.spend(work, _row())
        return redirect(leaving.cancelled(core().config.origin, asked), 303)
    who = visitor()
    if _row().cancelled or who is None or who.session.stage != sessions.FULL:
        return see_other("service_requests.go_on", request_id=request_id)
    with going(who) as (work, session):
        if _step(work, session, who, asked) != READY:
            return see_other("service_requests.go_on", request_id=request_id)
        requests.spend(work, _row())
        url = (
            leaving.to_site(work, session, _service(), _row())
            if asked is None
            else leaving.to_app(work, session, _service(), asked)
        )
    return redirect(url, 303)


def _step(work: Work, session: SessionView, who: Visitor, asked: AppRequest | None) -> str:
    """Return the next step of a session that was read again in this transaction."""
    here = Visitor(session, work.accounts[session.account_id], who.token)
    return way_in.next_step(work, here, _wanted(work, asked), _row())


@contextmanager
def going(who: Visitor) -> Iterator[tuple[Work, SessionView]]:
    """Open a writing transaction on the visitor's account, and read the session again in it.

    A power cut may take back what is written: the person then comes again. Raises sessions.SessionEnded.
    """
    end_reading()
    with core().database.writing(who.account.id, origin(), durable=False) as work:
        yield work, sessions.reload(work, who)


@bp.post("/consent")
@stage("full")
def consent(request_id: str) -> ResponseReturnValue:
    form, asked, who = forms.Confirm(), _asked(), require_visitor()
    scopes = way_in.to_consent(_wanted(reading(), asked))
    if not form.validate():
        return show("services/consent.html", scopes=scopes, form=form, status=422)
    with acting() as (work, session):
        # A consent is for good: it takes as much proof as the way in, and comes last.
        if _step(work, session, who, asked) == CONSENT:
            requests.consent(work, _row(), session)
            consents.give(work, session.account_id, _service(), scopes)
    return see_other("service_requests.go_on", request_id=request_id)


@bp.post("/cancel")
@stage("anonymous")
def cancel(request_id: str) -> ResponseReturnValue:
    if not forms.Confirm().validate():
        return see_other("service_requests.go_on", request_id=request_id)
    who = visitor()
    end_reading()
    with writing() as work:
        requests.cancel(work, request_id)
        if who is not None and who.session.stage == sessions.PASSWORD:
            sessions.end(work, who.session.id)
    if who is not None and who.session.stage == sessions.PASSWORD:
        sign_out_browser()
    return see_other("service_requests.go_on", request_id=request_id)


@bp.get("/consent")
@bp.get("/cancel")
@stage("anonymous")
def reloaded(request_id: str) -> ResponseReturnValue:
    return see_other("service_requests.go_on", request_id=request_id)
