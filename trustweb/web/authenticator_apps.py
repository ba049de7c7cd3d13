"""Authenticator apps: the list, adding one by its QR code, renaming and removing it."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from trustweb import one_time_code
from trustweb.codes import challenges
from trustweb.codes.challenges import ADD_APP
from trustweb.factors import authenticator_apps
from trustweb.web import cards
from trustweb.web.base import forms
from trustweb.web.base.guards import leave, stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other
from trustweb.web.base.site import core
from trustweb.web.base.visitors import acting, reading, require_visitor
from trustweb.work import Refused

bp = Blueprint("authenticator_apps", __name__, url_prefix="/security/apps")


_card = cards.SignInCard(bp, authenticator_apps, "app", forms.Rename, authenticator_apps.rename)


def _add_panel(form: forms.AppCode, *, refused: Refused | None = None, status: int = 200) -> Response:
    who = require_visitor()
    challenge = challenges.live(reading(), who.session, ADD_APP)
    if challenge is None:  # used or cancelled in another tab
        return _card.show(refused=refused, status=status)
    secret = authenticator_apps.secret_of_new(reading(), challenge)
    uri = secret and one_time_code.uri(secret, account=who.account.name, issuer=core().config.site_name)
    values = {"challenge": challenge, "secret": secret, "uri": uri, "picture": uri and _qr(uri)}
    return _card.show("add", status=status, refused=refused, form=form, **values)


def _qr(uri: str) -> Markup:
    """Draw a QR code, always dark on light: many cameras read nothing else. The CSP would drop style attributes."""
    import segno  # imported late: few people add an app, and it computes tables

    drawn = segno.make(uri, error="m", micro=False).svg_inline(
        omitsize=True, svgclass=None, lineclass=None, light="#fff"
    )
    return Markup(drawn)  # noqa: S704 - squares and numbers only


@bp.get("/add")
@bp.get("/cancel")
@stage("full")
def begun() -> ResponseReturnValue:
    return see_other("authenticator_apps.code")  # a reload of the answer to a refused form


@bp.post("/add")
@stage("full", keeps=True)
def begin() -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return _card.show(form=form, status=422)
    try:
        with acting() as (work, session):
            authenticator_apps.begin(work, session)
    except challenges.NoTriesLeft:
        pass  # the page that is there already says so
    except Refused as refused:
        return _card.show(refused=refused, status=status_of(refused))
    return see_other("authenticator_apps.code")


@bp.get("/code")
@stage("full")
def code() -> ResponseReturnValue:
    if challenges.live(reading(), require_visitor().session, ADD_APP) is None:
        return see_other("authenticator_apps.edit")
    return _add_panel(forms.AppCode())


@bp.post("/code")
@stage("full")
def verify() -> ResponseReturnValue:
    form = forms.AppCode()
    if not form.validate():
        return _add_panel(form, status=422)
    try:
        with acting() as (work, session):
            typed, label = form.code.data or "", form.label.data or ""
            turned_on = authenticator_apps.verify(work, session, typed, label=label)
    except challenges.NoCode:
        # The first click of a double click, or another tab, has added it.
        return see_other("authenticator_apps.edit")
    except Refused as refused:
        return _add_panel(form, refused=refused, status=status_of(refused))
    if turned_on:  # then the whole page has changed, not only the card
        return leave("authenticator_apps.edit", said="app-on")
    return _card.done("added", "add-app")


@bp.post("/cancel")
@stage("full")
def cancel() -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return _card.show(form=form, status=422)
    with acting() as (work, session):
        challenges.cancel(work, session, ADD_APP)
    return see_other("authenticator_apps.edit", focus="add-app")
