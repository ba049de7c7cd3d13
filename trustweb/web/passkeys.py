"""Passkeys and security keys: the list, adding one, renaming and removing it."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from trustweb.factors import passkeys
from trustweb.factors.passkeys import TooManyPasskeys
from trustweb.web import cards
from trustweb.web.base import forms
from trustweb.web.base.guards import leave, stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.visitors import acting, reading, require_visitor
from trustweb.work import Refused

bp = Blueprint("passkeys", __name__, url_prefix="/security/passkeys")


_card = cards.SignInCard(bp, passkeys, "passkey", forms.Rename, passkeys.rename)


def _add_panel(form: forms.Passkey, *, refused: Refused | None = None, status: int = 200) -> Response:
    try:
        options = passkeys.begin(reading(), require_visitor().session)
    except TooManyPasskeys as too_many:
        return _card.show(refused=too_many, status=status_of(too_many))
    return _card.show("add", form=form, options=options, refused=refused, status=status)


@bp.get("/add")
@stage("full")
def ask_name() -> ResponseReturnValue:
    return _add_panel(forms.Passkey())


@bp.post("/add")
@stage("full")
def add() -> ResponseReturnValue:
    form = forms.Passkey()
    if not form.validate():
        return _add_panel(form, status=422)
    try:
        with acting() as (work, session):
            turned_on = passkeys.add(work, session, form.answer.data or "", label=form.label.data or "")
    except Refused as refused:
        return _add_panel(form, refused=refused, status=status_of(refused))
    if turned_on:
        return leave("passkeys.edit", said="passkey-on")
    return _card.done("added", "add-passkey")
