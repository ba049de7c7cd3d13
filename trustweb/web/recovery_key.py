"""The recovery key: made and shown once, typed back, removed."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from trustweb.factors import enrolled, recovery_key
from trustweb.web import papers
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.visitors import acting, reading, require_visitor
from trustweb.work import Refused

bp = Blueprint("recovery_key", __name__, url_prefix="/security/recovery-key")


def _before(form: forms.Form, *, refused: Refused | None = None, status: int = 200) -> Response:
    work, session = reading(), require_visitor().session
    old, seen = enrolled.of(work, session.account_id).recovery_key, recovery_key.shown(work, session)
    return show("recovery_key/new.html", form=form, old=old, seen=seen, refused=refused, status=status)


papers.Card(bp, recovery_key, _before, said="key-removed", focus="create-key")


@bp.post("/new")
@stage("full")
def create() -> ResponseReturnValue:
    form = forms.Seen()
    if not form.validate():
        return _before(form, status=422)
    try:
        with acting() as (work, session):
            key = recovery_key.create(work, session, form.seen.data or "")
    except Refused as refused:
        return _before(form, refused=refused, status=status_of(refused))
    # Not a redirect: a key that is shown once must have no URL.
    return show("recovery_key/shown.html", key=key)


def _confirmation(form: forms.OnPaper, *, refused: Refused | None = None, status: int = 200) -> Response:
    return show("recovery_key/confirm.html", form=form, refused=refused, status=status)


@bp.get("/confirm")
@stage("full")
def ask_confirmation() -> ResponseReturnValue:
    if not recovery_key.shown(reading(), require_visitor().session):
        return see_other("security.page")
    return _confirmation(forms.OnPaper())


@bp.post("/confirm")
@stage("full")
def confirm() -> ResponseReturnValue:
    form = forms.OnPaper()
    if not form.validate():
        return _confirmation(form, status=422)
    try:
        with acting() as (work, session):
            recovery_key.confirm(work, session, form.typed.data or "")
    except recovery_key.NothingShown:
        # The first click of a double click, or another tab, has confirmed it.
        return see_other("security.page")
    except Refused as refused:
        return _confirmation(form, refused=refused, status=status_of(refused))
    return see_other("security.page", said="key-set")
