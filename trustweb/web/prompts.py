"""The prompts of sign-ins on a trusted device, and its own codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from trustweb.authentication import open_recovery
from trustweb.core import Core
from trustweb.factors import device_codes, prompts
from trustweb.factors.prompts import PromptGone
from trustweb.models import DeviceView
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.show import see_other, show, wants_fragment
from trustweb.web.base.this_browser import devices, devices_in
from trustweb.web.base.visitors import end_reading, reading, writing
from trustweb.work import Work

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

bp = Blueprint("prompts", __name__, url_prefix="/prompts")


@bp.get("")
@stage("device", poll=True)
def page() -> ResponseReturnValue:
    found = [prompt for each in devices() for prompt in each.prompts]
    return show(
        "prompts/page.html",
        "prompts/_prompts.html",
        prompts=found,
        shown=".".join(each.poll_key for each in found),
        mine=[each.device for each in devices()],
        recoveries=[] if wants_fragment() else open_recovery.of_devices(reading(), [each.device for each in devices()]),
        said=request.args.get("said"),
    )


def answer_polls(app: Flask, core: Core) -> None:
    """Answer polls that find nothing new before Flask begins: every page of every trusted device polls all the time."""
    inner = app.wsgi_app

    def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == f"{bp.url_prefix}" and "HTTP_HX_REQUEST" in environ:
            with suppress(DBAPIError, PoolTimeout):  # the page, which then runs, shows the error
                if _nothing_new(core, environ):
                    start_response("204 NO CONTENT", [("Cache-Control", "no-store")])
                    return []
        return inner(environ, start_response)

    app.wsgi_app = outer  # type: ignore[method-assign]


def _nothing_new(core: Core, environ: WSGIEnvironment) -> bool:
    # Without werkzeug's Request and Response, which cost as much as the query.
    cookies = devices_in(environ.get("HTTP_COOKIE", ""), core.config)
    asked = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    if environ["REQUEST_METHOD"] != "GET" or "said" in asked or not cookies:
        return False
    with core.database.reading() as work:
        keys = prompts.poll_keys(work, cookies)
    return keys is not None and asked.get("shown", [""])[0] == ".".join(keys)


@bp.post("/<public_id>/allow")
@stage("device")
def allow(public_id: str) -> ResponseReturnValue:
    return _answer(public_id, prompts.allow)


@bp.post("/<public_id>/deny")
@stage("device")
def deny(public_id: str) -> ResponseReturnValue:
    return _answer(public_id, prompts.deny, said="denied")


def _answer(
    public_id: str, verb: Callable[[Work, DeviceView, str], None], said: str | None = None
) -> ResponseReturnValue:
    """Allow or deny a prompt as the one of this browser's devices that has it."""
    if not forms.Confirm().validate():
        return see_other("prompts.page")
    found = devices()
    end_reading()
    for each in found:
        try:
            with writing(each.device.account_id) as work:
                verb(work, each.device, public_id)
            break
        except PromptGone:
            continue
    else:
        said = "gone"
    return see_other("prompts.page", said=said)


@bp.post("/recovery")
@stage("device")
def stop_recovery() -> ResponseReturnValue:
    form, found, said = forms.Device(), devices(), "stopped-before"
    end_reading()
    for each in found:
        if form.validate() and each.device.public_id == form.device.data:
            with writing(each.device.account_id) as work:
                if open_recovery.stop(work, each.device.account_id, each.device.id):
                    said = "stopped"
    return see_other("prompts.page", said=said)


@bp.get("/code")
@stage("device", poll=True)
def code() -> ResponseReturnValue:
    here = device_codes.look(reading(), [each.device for each in devices()])
    return show("prompts/code.html", "prompts/_code.html", here=here)


@bp.post("/code")
@stage("device")
def ask_for_code() -> ResponseReturnValue:
    form, found = forms.Device(), devices()
    end_reading()
    for each in found:
        if form.validate() and each.device.public_id == form.device.data:
            with writing(each.device.account_id) as work:
                device_codes.ask(work, each.device)
    return see_other("prompts.code")
