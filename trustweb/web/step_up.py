"""Step-up: the page that asks for a fresh proof before a change, which then continues."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from trustweb.authentication import on_paper, step_up
from trustweb.codes.challenges import STEP_UP
from trustweb.factors import FreshProofNeeded
from trustweb.factors.on_paper import Way
from trustweb.models import SessionView
from trustweb.web.base import forms, way
from trustweb.web.base.guards import declared, leave, stage
from trustweb.web.base.hashing import hasher
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.visitors import acting, asks_from, require_visitor
from trustweb.web.code_page import CodePage
from trustweb.work import Refused, Work

Act = dict[str, Any] | None
"""The kept act: the change, or the page, that was interrupted by step-up; None: nothing was."""

bp = Blueprint("step_up", __name__, url_prefix="/verify")


@bp.app_errorhandler(FreshProofNeeded)
def ask(_error: Exception) -> Response:
    """Keep the change that the person was about to make, and ask for a proof first."""
    act: dict[str, Any] = {"url": request.full_path.rstrip("?")}
    if request.method == "POST" and declared()["keeps"]:
        kept = {name: value for name, value in request.form.items() if name != "csrf_token"}
        act = {"endpoint": request.endpoint, "args": request.view_args or {}, "form": kept}
    with acting() as (work, session):
        step_up.keep(work, session, act)
    return leave("step_up.code")


def _kept(work: Work, session: SessionView) -> Act:
    """Take the kept act, unless the proof was for a service: the change of another tab then goes on waiting."""
    return None if way.path() else step_up.take(work, session)


def _go_on(act: Act) -> ResponseReturnValue:
    if act is None:
        return see_other("security.page")
    if "url" in act:
        return redirect(act["url"], 303)
    # Run the view that was interrupted, with the form that it was given then.
    g.kept_form = MultiDict(act["form"])
    return current_app.ensure_sync(current_app.view_functions[act["endpoint"]])(**act["args"])  # type: ignore[no-any-return]


class _CodePage(CodePage):
    purpose, stage = STEP_UP, "full"
    posted_to = ("/send", "/passkey", "/password")

    def code(self) -> ResponseReturnValue:
        if require_visitor().account.two_factor_since is None:
            return show("step_up/password.html", form=forms.ProvePassword())
        return self.show()

    def prove_by_code(self, work: Work, session: SessionView, typed: str) -> Act:
        step_up.with_code(work, session, typed)
        return _kept(work, session)

    def prove_by_passkey(self, work: Work, session: SessionView, answer: str) -> Act:
        step_up.with_passkey(work, session, answer)
        return _kept(work, session)

    def prove_on_paper(self, work: Work, session: SessionView, paper: Way, typed: str) -> Act:
        on_paper.open_step_up(work, session, paper, typed)
        return _kept(work, session)

    def arrive(self, proved: Act) -> ResponseReturnValue:
        return _go_on(proved)


_CodePage(bp)


@bp.post("/password")
@stage("full", hashes=True)
def with_password() -> ResponseReturnValue:
    form = forms.ProvePassword()
    if not form.validate():
        return show("step_up/password.html", form=form, status=422)
    who = require_visitor()
    try:
        checked = step_up.check_password(core().database, hasher(), who, asks_from(), form.password.data or "")
        with acting() as (work, session):
            step_up.with_password(work, session, checked)
            act = _kept(work, session)
    except Refused as refused:
        return show("step_up/password.html", form=form, refused=refused, status=status_of(refused))
    return _go_on(act)


@bp.post("/cancel")
@stage("full")
def cancel() -> ResponseReturnValue:
    form = forms.Confirm()
    if form.validate():
        with acting() as (work, session):
            step_up.cancel(work, session)
    return see_other("security.page")
