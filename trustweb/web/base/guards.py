"""The checks before every view, of host, origin and session stage, and the security headers of every answer.

Deny by default: every view declares the stage it is for, and the app does not start when one does not.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from urllib.parse import quote, urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from trustweb import headers, logs, origins
from trustweb.authentication import sessions
from trustweb.config import Config
from trustweb.factors import trusted_devices
from trustweb.web.base.forwarded import CLIENT, warn_of_proxies
from trustweb.web.base.show import see_other
from trustweb.web.base.site import core
from trustweb.web.base.this_browser import device_cookies, devices, forget_devices
from trustweb.web.base.visitors import reading, touch, visitor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger("trustweb.request")
View = TypeVar("View", bound=Callable[..., Any])
Stage = Literal["anonymous", "device", "password", "full"]

_HEALTH = "health"
"""The blueprint of the health checks: load balancers ask by IP address, so its Host is not checked."""
_NO_VIEW = {"stage": "anonymous", "keeps": False, "poll": False, "any_origin": False, "hashes": False}


def stage(
    name: Stage, *, keeps: bool = False, poll: bool = False, any_origin: bool = False, hashes: bool = False
) -> Callable[[View], View]:
    """Declare the stage that a view is for.

    keeps:      its form may be kept on the server while a fresh proof is asked for; it holds no secret.
    poll:       pages request it by themselves, which does not keep a session alive.
    any_origin: other sites' servers may post to it; it checks signatures instead.
    hashes:     it hashes a password; strangers need a place in the queue before their request's body is read.
    """
    rules = {"stage": name, "keeps": keeps, "poll": poll, "any_origin": any_origin, "hashes": hashes}

    def declare(view: View) -> View:
        view.trustweb = rules  # type: ignore[attr-defined]
        return view

    return declare


def declare_all(blueprint: Blueprint, name: Stage) -> None:
    """Declare one stage for all views of a plugin's blueprint, since plugins know nothing of stages."""

    # Runs when the blueprint is registered. What is recorded runs in order, so the blueprint's views come first.
    def mark(state: Any) -> None:
        for endpoint, view in state.app.view_functions.items():
            if endpoint.startswith(f"{blueprint.name}."):
                stage(name)(view)

    blueprint.record(mark)


def check_every_view(app: Flask) -> None:
    """Refuse to start with a view that declares no stage. Raises RuntimeError."""
    undeclared = [name for name, view in app.view_functions.items() if not hasattr(view, "trustweb")]
    if undeclared:
        raise RuntimeError(f"These views declare no stage: {', '.join(undeclared)}")


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.before_request(_check_host)
    app.before_request(_check_origin)
    app.before_request(_check_stage)
    app.after_request(_finish)


def _begin() -> None:
    g.began = time.perf_counter()
    here = core()
    if here.config.worker:
        here.queue.start()
    if request.blueprint != _HEALTH:
        warn_of_proxies(request.environ, here.config)


def _check_host() -> WerkzeugResponse | None:
    if request.blueprint == _HEALTH:
        return None
    origin, scheme, host = core().config.origin, request.scheme, request.environ.get("HTTP_HOST", "")
    # Compare the text first: that nearly always suffices, and parsing takes longer.
    if f"{scheme}://{host}" == origin or _is_ours(scheme, host):
        return None
    if request.method not in {"GET", "HEAD"}:
        abort(421)
    # A redirect would be a loop for a browser that is at our address already and whose proxy reports another scheme or
    # port.
    ours = origin.partition(":")[0]
    asked = request.environ[CLIENT].scheme or ours
    if _is_ours(asked, host):
        _warn_of_scheme()
        abort(421)
    if asked == ours and core().config.trusted_proxies and _is_ours_elsewhere(ours, host):
        _warn_of_port()
        abort(421)
    return redirect(origin + _wanted(request.environ), code=308)


def _is_ours(scheme: str, host: str) -> bool:
    try:
        return origins.of_host(scheme, host) == core().config.origin
    except ValueError:
        return False


def _is_ours_elsewhere(scheme: str, host: str) -> bool:
    """Return True if it is our host, with our port or another one."""
    try:
        return urlsplit(origins.of_host(scheme, host)).hostname == urlsplit(core().config.origin).hostname
    except ValueError:
        return False


# Logged once per process, not at every request.
@cache
def _warn_of_scheme() -> None:
    log.warning(
        "No trusted proxy says by which scheme browsers come, http or https, so the site seems to be asked by http: "
        "see TRUSTWEB_TRUSTED_PROXIES and TRUSTWEB_FORWARDED_HEADER"
    )


# Logged once per process, not at every request.
@cache
def _warn_of_port() -> None:
    log.warning(
        "A proxy says that browsers ask for another port than that of TRUSTWEB_PUBLIC_URL: Host, or X-Forwarded-Host, "
        "must be what the browser sees"
    )


def _wanted(environ: WSGIEnvironment) -> str:
    """Return the requested path and query, quoted so that they stay a path behind our origin whatever they contain."""
    path = quote("/" + environ["PATH_INFO"].lstrip("/"), safe="/:@!$&'()*+,;=", encoding="latin-1")
    query = quote(environ.get("QUERY_STRING", ""), safe="/:@!$&'()*+,;=?%[]", encoding="latin-1")
    return f"{path}?{query}" if query else path


def _check_origin() -> None:
    """Refuse posts from other sites' pages (CSRF). Old browsers send Origin, new ones Sec-Fetch-Site too."""
    if request.method in {"GET", "HEAD", "OPTIONS"} or declared()["any_origin"]:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    # No page can set Sec-Fetch-Site. With same-origin there, an Origin of null is our own page in a browser that hides
    # its origin.
    hidden = origin == "null" and site == "same-origin"
    if site not in {None, "same-origin", "none"} or not (origin in {None, core().config.origin} or hidden):
        abort(403)


def declared() -> dict[str, Any]:
    """Return what the view of this request declares with ``stage``."""
    view = current_app.view_functions.get(request.endpoint or "")
    rules: dict[str, Any] = getattr(view, "trustweb", _NO_VIEW)
    return rules


def _check_stage() -> WerkzeugResponse | None:
    rules = declared()
    if rules["stage"] == "anonymous" or (rules["stage"] == "device" and devices()):
        return None
    if rules["stage"] == "device" and request.headers.get("HX-Request"):
        enough = Response(status=286)  # htmx's status that stops polling
        # A trusted device that has to prove a code again keeps its cookie, which it needs afterwards.
        return enough if trusted_devices.presented(reading(), device_cookies()) else forget_devices(enough)
    who = visitor()
    if who is not None and who.session.stage == rules["stage"]:
        if who.session.stage == sessions.FULL and not rules["poll"]:
            touch(who)
        return None
    if who is None:
        denied = "_user_id" in session and sessions.was_denied(reading(), session["_user_id"])
        return leave("sign_in.page", said="denied" if denied else None)
    half_way = who.session.stage == sessions.PASSWORD
    return leave("sign_in.code" if half_way else "security.page")


def leave(endpoint: str, **values: Any) -> WerkzeugResponse:
    """Send the browser to another page. HTMX would put that inside this one, so it gets HX-Redirect instead."""
    if request.headers.get("HX-Request"):
        return Response(headers={"HX-Redirect": url_for(endpoint, **values)})
    return see_other(endpoint, **values)


def add_security_headers(app: Flask, config: Config) -> None:
    """Add the security headers to every answer.

    Outside Flask, so that no answer misses them, and because extending one list is faster than setting nine headers.
    """
    always = headers.always(config)
    private = [*always, headers.NO_STORE]
    inner = app.wsgi_app

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, said: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            kept = any(name == "Cache-Control" for name, _ in said)
            return start_response(status, [*said, *(always if kept else private), ("X-Request-Id", request_id)], *error)

        request_id = secrets.token_hex(8)
        logs.request_id.set(request_id)
        return inner(environ, cast("StartResponse", start))

    app.wsgi_app = outer  # type: ignore[method-assign]


def _finish(response: Response) -> Response:
    quiet = request.method == "GET" and response.status_code < 400
    level = logging.DEBUG if quiet else logging.INFO
    if not log.isEnabledFor(level):
        return response
    log.log(
        level,
        "answered",
        extra={
            "method": request.method,
            # The route and not the path, since paths contain tokens, such as those of invitations.
            "route": str(request.url_rule or "-"),
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.get("began", 0)) * 1000, 1),
        },
    )
    return response
