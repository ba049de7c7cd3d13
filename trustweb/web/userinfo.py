"""``/userinfo``, where an app asks with its access token who its person is."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from trustweb.services import people, tokens
from trustweb.web import app_requests
from trustweb.web.base.guards import stage
from trustweb.web.base.visitors import reading

bp = Blueprint("userinfo", __name__)


@bp.route("/userinfo", methods=["GET", "POST", "OPTIONS"], provide_automatic_options=False)
@stage("anonymous", any_origin=True)
def userinfo() -> Response:
    """Say who the person of an access token is. The token stands in the header Authorization, and nowhere else."""
    if request.method == "OPTIONS":
        return app_requests.open_to_apps(Response(status=204), None)
    if _is_elsewhere():
        return _refused(400, "invalid_request", "The access token belongs into the header Authorization alone.")
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return _refused(401)
    if (found := tokens.check(reading(), text.strip())) is None:
        return _refused(401, "invalid_token", "The access token is unknown or over.")
    if "openid" not in found.token.scope.split():
        return _refused(403, "insufficient_scope", "The access token is not for openid.")
    told = app_requests.answer(200, people.claims(reading(), found), {})
    return app_requests.open_to_apps(told, found.standing.service.client_id)


def _is_elsewhere() -> bool:
    request.max_content_length = app_requests.LARGEST
    try:
        return "access_token" in request.args or "access_token" in request.form
    except RequestEntityTooLarge:
        return True


def _refused(status: int, error: str = "", said: str = "") -> Response:
    """Refuse as RFC 6750 wants it: in the header, with the body for people who look at it."""
    wanted = (
        f'Bearer realm="services", error="{error}", error_description="{said}"'
        if error
        else ('Bearer realm="services"')
    )
    body = {"error": error, "error_description": said} if error else {}
    response = app_requests.answer(status, body, {"WWW-Authenticate": wanted})
    return app_requests.open_to_apps(response, None)
