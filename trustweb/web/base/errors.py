"""Error handlers: a page for every error that no view handles, which says what to do."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, make_response, request
from flask.typing import ResponseReturnValue
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException

from trustweb import factors, faults, logs
from trustweb.authentication import sessions
from trustweb.authentication.passwords import TooBusy
from trustweb.codes import limits
from trustweb.web.base.guards import leave
from trustweb.web.base.show import show, wants_fragment
from trustweb.web.base.visitors import end_reading
from trustweb.work import Refused

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    app.register_error_handler(sessions.SessionEnded, _session_ended)
    app.register_error_handler(limits.TooOften, _too_often)
    app.register_error_handler(factors.NotFound, lambda _: _page(404))
    app.register_error_handler(TooBusy, _too_busy)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(ParseException, lambda _: _page(400))
    for error in faults.DATABASE:
        app.register_error_handler(error, _database)
    app.register_error_handler(Exception, _unforeseen)


def _too_busy(refused: TooBusy) -> ResponseReturnValue:
    """Answer a request that found no place in the hashing queue. A view that has begun shows this refusal itself."""
    g.visitor = None  # the page is the same for everybody, and so costs no query
    return _page(503, refused)


def _too_often(refused: limits.TooOften) -> ResponseReturnValue:
    return _page(429, refused)


def _session_ended(_error: Exception) -> ResponseReturnValue:
    # The cookie is not deleted: the first click of a double click may just have given the browser a new one.
    return leave("sign_in.page")


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    response = _page(error.code or 500)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _database(error: Exception) -> ResponseReturnValue:
    # Only the error's class is logged: its text may hold values of the statement.
    log.error("the database refuses", extra={"error": type(getattr(error, "orig", error)).__name__})
    end_reading()
    g.visitor = None  # so that the page does not query the database for its visitor
    return _page(503)


def _unforeseen(error: Exception) -> ResponseReturnValue:
    log.error("unforeseen", exc_info=error)
    return _page(500)


def _page(status: int, refused: Refused | None = None) -> Response:
    if wants_fragment():
        # The error page replaces the whole page that the person is on.
        response = make_response(show("error/page.html", status=status, code=status, refused=refused))
        response.headers["HX-Retarget"] = "body"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    if request.accept_mimetypes.best == "application/json":
        return make_response({"status": status, "request": logs.request_id.get()}, status)
    return show("error/page.html", status=status, code=status, refused=refused)
