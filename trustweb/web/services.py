"""The card *Signed In With This Account*: the services that an account is in, and leaving them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from trustweb.factors import NotFound
from trustweb.services import sign_outs, used
from trustweb.services.used import Used
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.show import see_other, show, wants_fragment
from trustweb.web.base.visitors import acting, reading, require_visitor
from trustweb.web.overview import show_card
from trustweb.work import Work

bp = Blueprint("services", __name__, url_prefix="/security/services")


@dataclass(frozen=True)
class _Act:
    """An act on a service. The panel that asks first has its name, and so has what is said afterwards."""

    can: Callable[[Used], object]
    """A function that returns something true when there is something to do."""
    do: Callable[[Work, int, Used], None]


_ACTS = {
    "sign-out": _Act(lambda service: service.doors, sign_outs.sign_out),
    "withdraw": _Act(lambda service: service.consented_at, sign_outs.withdraw),
    "revoke-passwords": _Act(lambda service: service.programs, sign_outs.revoke_passwords),
}


def _card(panel: str | None = None, **values: Any) -> Response:
    """Show the card in edit mode, with one panel open or none."""
    return show_card(bp.name, section=bp.name, panel=panel, **({"form": forms.Confirm()} | values))


@bp.get("")
@stage("full")
def edit() -> ResponseReturnValue:
    try:
        about = used.find(reading(), require_visitor().account.id, request.args.get("service", ""))
    except NotFound:
        return _card()
    return _card(about=about, heard=sign_outs.heard(reading(), about))


@bp.get("/<name>/<act>")
@stage("full")
def ask(name: str, act: str) -> ResponseReturnValue:
    return _card(_panel(act), target=_mine(name, _ACTS[act].can))


@bp.post("/<name>/<act>")
@stage("full")
def leave(name: str, act: str) -> ResponseReturnValue:
    panel, form = _panel(act), forms.Confirm()
    if not form.validate():
        return _card(panel, target=_mine(name), form=form, status=422)
    with acting() as (work, session):
        _ACTS[act].do(work, session.account_id, used.find(work, session.account_id, name))
    return see_other("services.edit", said=f"service-{act}", service=name, focus="done-services")


@bp.get("/<name>/heard")
@stage("full", poll=True)
def heard(name: str) -> ResponseReturnValue:
    """Say whether the app has heard of a sign-out; as a page, with the card."""
    about = _mine(name)
    if not wants_fragment():
        return see_other("services.edit", said="service-sign-out", service=name)
    piece = "services/_heard.html"
    return show(piece, piece, about=about, heard=sign_outs.heard(reading(), about))


def _panel(act: str) -> str:
    """Return the panel of an act. Raises NotFound."""
    if act not in _ACTS:
        raise NotFound
    return act.replace("-", "_")


def _mine(name: str, can: Callable[[Used], object] | None = None) -> Used:
    return used.find(reading(), require_visitor().account.id, name, can)
