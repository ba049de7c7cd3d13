"""``/token``, ``/revoke`` and ``/introspect``, which apps' servers ask."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from trustweb.web import app_requests
from trustweb.web.base import network
from trustweb.web.base.guards import stage
from trustweb.web.base.site import core
from trustweb.web.base.visitors import origin

if TYPE_CHECKING:
    from trustweb.services.clients import Asked

bp = Blueprint("token", __name__)


@bp.route("/token", methods=["POST", "OPTIONS"], provide_automatic_options=False)
@stage("anonymous", any_origin=True)
def token() -> Response:
    """Exchange a code or a refresh token. Pages of apps without a secret ask it too, from their own origin."""
    if request.method == "OPTIONS":
        return app_requests.open_to_apps(Response(status=204), None)
    asked = _asked()
    answered = app_requests.answer(*_engine().token(core().database, asked))
    return app_requests.open_to_apps(answered, asked.form.get("client_id"))


@bp.post("/revoke")
@stage("anonymous", any_origin=True)
def revoke() -> Response:
    return app_requests.answer(*_engine().revoke(core().database, _asked()))


@bp.post("/introspect")
@stage("anonymous", any_origin=True)
def introspect() -> Response:
    return app_requests.answer(*_engine().introspect(core().database, _asked()))


def _engine() -> ModuleType:
    from trustweb.services import engine  # imported late: it imports the library, which few sites need

    return engine


def _asked() -> Asked:
    """Read the body's parameters, and nothing of the URL."""
    from trustweb.services.clients import Asked

    request.max_content_length = app_requests.LARGEST
    wrong, fields = "", {}
    try:
        fields = request.form.to_dict(flat=False)
    except RequestEntityTooLarge:
        wrong = "The body is too large."
    if request.query_string:
        wrong = "Parameters belong into the body, not into the URL."
    elif request.mimetype != app_requests.FORM:
        wrong = f"The body has to be {app_requests.FORM}."
    elif any(len(values) > 1 for values in fields.values()):
        wrong = "A parameter is repeated."
    form = {name: values[0] for name, values in fields.items() if values[0]}  # an empty one is none (RFC 6749, 3.2)
    counted = network.counted(core().keys, request.remote_addr or "")
    return Asked(form, request.headers.get("Authorization", ""), counted, origin(), wrong)
