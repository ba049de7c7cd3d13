"""Backup codes: making them, which shows them once, and removing them."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from trustweb.factors import backup_codes, enrolled
from trustweb.web import papers
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import show
from trustweb.web.base.visitors import acting, reading, require_visitor
from trustweb.work import Refused

bp = Blueprint("backup_codes", __name__, url_prefix="/security/backup-codes")


def _before(form: forms.Form, *, refused: Refused | None = None, status: int = 200) -> Response:
    old = enrolled.of(reading(), require_visitor().account.id).backup_codes
    return show("backup_codes/new.html", form=form, old=old, refused=refused, status=status)


papers.Card(bp, backup_codes, _before, said="codes-removed", focus="make-codes")


@bp.post("/new")
@stage("full")
def create() -> ResponseReturnValue:
    form = forms.Seen()
    if not form.validate():
        return _before(form, status=422)
    try:
        with acting() as (work, session):
            codes = backup_codes.create(work, session, form.seen.data or "")
    except Refused as refused:
        return _before(form, refused=refused, status=status_of(refused))
    # Not a redirect: codes that are shown once must have no URL.
    return show("backup_codes/shown.html", codes=codes)
