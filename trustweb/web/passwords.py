"""The page that changes the password."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from trustweb.authentication import passwords, sign_in, step_up
from trustweb.factors import require_fresh_proof
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.hashing import hasher
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.visitors import acting, asks_from, require_visitor
from trustweb.work import Refused

bp = Blueprint("passwords", __name__, url_prefix="/security/password")


def _page(form: forms.ChangePassword, *, refused: Refused | None = None, status: int = 200) -> ResponseReturnValue:
    least = passwords.least_length(core().config)
    return show("password/page.html", form=form, refused=refused, least=least, status=status)


@bp.get("")
@stage("full")
def page() -> ResponseReturnValue:
    require_fresh_proof(require_visitor().session, core().database.now())
    return _page(forms.ChangePassword())


@bp.post("")
@stage("full", hashes=True)
def change() -> ResponseReturnValue:
    here, who = core(), require_visitor()
    require_fresh_proof(who.session, here.database.now())  # before the form is read: step-up keeps no password
    form = forms.ChangePassword()
    if not form.validate():
        return _page(form, status=422)
    current, new = form.current_password.data or "", form.new_password.data or ""
    try:
        passwords.check_new(here.config, new, who.account.name)
        checked = step_up.check_password(here.database, hasher(), who, asks_from(), current)
        hashed = hasher().hash(new)
        with acting() as (work, session):
            sign_in.change_password(work, session, checked_hash=checked, new_hash=hashed)
    except Refused as refused:
        return _page(form, refused=refused, status=status_of(refused))
    return see_other("security.page", said="password")
