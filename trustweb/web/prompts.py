"""Sign-ins that wait for this browser, as a trusted device, to allow them."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trustweb.database import Work
from trustweb.factors import prompts
from trustweb.factors.prompts import PromptGone
from trustweb.models import DeviceView
from trustweb.web import forms
from trustweb.web.guards import stage
from trustweb.web.show import show, wants_fragment
from trustweb.web.visitors import core, devices, end_reading, origin

bp = Blueprint("prompts", __name__, url_prefix="/prompts")


@bp.get("")
@stage("device", poll=True)
def page() -> ResponseReturnValue:
    found = [prompt for each in devices() for prompt in each.prompts]
    shown = ".".join(f"{each.challenge.public_id}{'!' if each.code else ''}" for each in found)
    if wants_fragment() and "said" not in request.args and request.args.get("shown", "") == shown:
        return Response(status=204)
    return show("prompts/page.html", "prompts/_prompts.html", prompts=found, shown=shown, said=request.args.get("said"))


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
    """Answer as whichever of this browser's devices has the prompt."""
    if not forms.Confirm().validate():
        return redirect(url_for("prompts.page"), 303)
    found = devices()
    end_reading()
    for each in found:
        try:
            with core().database.writing(each.device.account_id, origin()) as work:
                verb(work, each.device, public_id)
            break
        except PromptGone:
            continue
    else:
        said = "gone"
    return redirect(url_for("prompts.page", said=said), 303)
