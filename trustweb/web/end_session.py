"""Sign-out at an app's request (OpenID Connect RP-initiated logout): ``/end-session``.

A GET with a hint that belongs to this browser's session signs out: the app shows that the person is its own. Any other
request asks first.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, request, session
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from trustweb.authentication import sessions
from trustweb.services import logout_requests
from trustweb.services.app_request import UnknownRedirect
from trustweb.services.logout_requests import SignOut
from trustweb.web.base import forms
from trustweb.web.base.guards import stage
from trustweb.web.base.show import see_other, show
from trustweb.web.base.visitors import end_reading, reading, sign_out_browser, visitor, writing

bp = Blueprint("end_session", __name__, url_prefix="/end-session")
_LONGEST = 3500
"""Characters of a query: a server takes a first line of 4,094. Beyond it only the app's name is kept."""


@bp.get("")
@stage("anonymous")
def page() -> ResponseReturnValue:
    values = _once(request.args)
    asked = logout_requests.read(reading(), values)
    mine = logout_requests.of_browser(reading(), asked, str(session.get("_user_id", "")))
    if mine is None:
        return _ask(asked, values)
    end_reading()
    with writing(mine.account_id) as work:
        sessions.sign_out(work, mine)
    sign_out_browser()
    if asked.unknown_target:  # nobody is signed in any more, which the page says
        return _ask(asked, values)
    if not asked.target:
        return see_other("sign_in.page", said="signed-out")
    return Response(status=303, headers={"Location": asked.target})


@bp.post("")
@stage("anonymous", any_origin=True)
def posted() -> ResponseReturnValue:
    """Bring an app's form to the same page by GET: a post from another site comes without our cookie."""
    values = _once(request.form)
    if len(urlencode(values)) > _LONGEST:
        values = {name: each for name, each in values.items() if name == "client_id" and len(each) < _LONGEST}
    return see_other("end_session.page", **values)


@bp.post("/confirm")
@stage("anonymous")
def confirm() -> ResponseReturnValue:
    """Sign out whoever is signed in in this browser, and go on to the app."""
    values = _once(request.form)
    asked = logout_requests.read(reading(), values)
    form = forms.Confirm()
    if not form.validate():
        return _ask(asked, values, form=form, status=422)
    who = visitor()
    end_reading()
    if who is not None:
        with writing(who.account.id) as work:
            sessions.sign_out(work, who.session)
    sign_out_browser()
    if not asked.target:
        return see_other("sign_in.page", said="signed-out")
    # Browsers hold a redirect after a form to the CSP's form-action, however far it goes; a page may lead anywhere.
    return show("end_session/leaving.html", target=asked.target, service=asked.service)


def _ask(asked: SignOut, values: dict[str, str], *, form: forms.Form | None = None, status: int = 200) -> Response:
    refused = UnknownRedirect() if asked.unknown_target else None
    form = form or forms.Confirm.blank()
    return show("end_session/page.html", form=form, asked=asked, values=values, refused=refused, status=status)


def _once(given: MultiDict[str, str]) -> dict[str, str]:
    """Return the parameters that are read. One that stands there twice counts as none."""
    lists = {name: given.getlist(name) for name in logout_requests.NAMES}
    return {name: each[0].replace("\0", "") for name, each in lists.items() if len(each) == 1 and each[0]}
