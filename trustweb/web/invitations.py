"""One-use links: the set-up link of the first account, and invitations."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from trustweb import accounts, invitations, phone_numbers
from trustweb.accounts import token_hash
from trustweb.authentication import known_browsers, passwords, sessions
from trustweb.config import time_zones
from trustweb.factors import addresses, countries
from trustweb.invitations import InvitationSpent
from trustweb.models import Invitation
from trustweb.web.base import forms, language
from trustweb.web.base.guards import stage
from trustweb.web.base.hashing import hasher
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.this_browser import browser_token, keep_browser
from trustweb.web.base.visitors import reading, sign_in_browser, writing
from trustweb.work import Refused

bp = Blueprint("invitations", __name__)


def _form() -> forms.Invitation:
    form = forms.Invitation()
    form.language.choices, form.time_zone.choices = language.choices(), language.zones()
    return form


def _page(
    token: str, invitation: Invitation, form: forms.Invitation, *, refused: Refused | None = None, status: int = 200
) -> ResponseReturnValue:
    config = core().config
    return show(
        "invitation/page.html",
        token=token,
        invitation=invitation,
        form=form,
        refused=refused,
        status=status,
        least=passwords.least_length(config),
        ask_country=invitation.set_up and config.asks_country,
        countries=phone_numbers.countries(language.selected()),
        region=form.country.data or phone_numbers.likely_region(language.asked_for()),
    )


@bp.get("/invitation/<token>")
@stage("anonymous")
def page(token: str) -> ResponseReturnValue:
    try:
        invitation = invitations.find(reading(), token)
    except InvitationSpent:
        return show("invitation/spent.html", status=404)
    form = _form()
    form.language.data = language.selected()
    form.time_zone.data = core().config.time_zone
    return _page(token, invitation, form)


@bp.post("/invitation/<token>")
@stage("anonymous", hashes=True)
def accept(token: str) -> ResponseReturnValue:
    form = _form()
    try:
        invitation = invitations.find(reading(), token)
    except InvitationSpent:
        return show("invitation/spent.html", status=404)
    if not form.validate():
        return _page(token, invitation, form, status=422)
    try:
        session_token = _make_account(token, invitation, form)
    except InvitationSpent:
        return show("invitation/spent.html", status=404)
    except Refused as refused:
        return _page(token, invitation, form, refused=refused, status=status_of(refused))
    sign_in_browser(session_token)
    return keep_browser(see_other("two_factor.page"))


def _make_account(token: str, invitation: Invitation, form: forms.Invitation) -> str:
    """Make the account, and return the token of its first session."""
    here = core()
    name, password = invitation.name or form.account.data or "", form.password.data or ""
    passwords.check_new(here.config, password, accounts.clean_name(name))
    hashed = hasher().hash(password)
    with writing() as work:
        account = invitations.accept(
            work,
            token,
            name=name,
            password_hash=hashed,
            language=form.language.data,
            time_zone=form.time_zone.data if form.time_zone.data in time_zones() else here.config.time_zone,
        )
        if invitation.by_mail:
            addresses.prove(work, account.id, account.name)
        if invitation.set_up and form.country.data:
            countries.allow(work, form.country.data)
        known_browsers.remember(work, account.id, browser_token())
        _, session_token = sessions.start(
            work, account.id, stage=sessions.FULL, known_browser=True, browser_hash=token_hash(browser_token())
        )
    return session_token
