"""Trusted phone numbers: the list, adding one in place, changing and removing it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from trustweb import phone_numbers
from trustweb.codes import challenges
from trustweb.codes.challenges import ADD_NUMBER
from trustweb.factors import countries, enrolled, require_fresh_proof, trusted_numbers
from trustweb.phone_numbers import PhoneNumber
from trustweb.web import cards, code_page
from trustweb.web.base import forms, language
from trustweb.web.base.guards import leave, stage
from trustweb.web.base.refusals import status_of
from trustweb.web.base.show import see_other
from trustweb.web.base.site import core
from trustweb.web.base.visitors import acting, asks_from, reading, require_visitor
from trustweb.work import Refused

bp = Blueprint("trusted_numbers", __name__, url_prefix="/security/numbers")


class Card(cards.SignInCard):
    """The card, with the state of the code for a new number."""

    def show(self, panel: str | None = None, **values: Any) -> Response:
        challenge, delivery = challenges.progress(reading(), require_visitor().session, ADD_NUMBER)
        if panel == "code" and challenge is None:  # used, cancelled or replaced in another tab
            panel = None
        values |= {"challenge": challenge, "delivery": delivery, "seen": challenges.state_token(challenge)}
        return super().show(panel, routes=core().routes, **values)


_card = Card(bp, trusted_numbers, "number", forms.ChangeNumber, trusted_numbers.change)


def _add_panel(form: forms.Number, *, refused: Refused | None = None, status: int = 200) -> Response:
    return _card.show(
        "add",
        form=form,
        refused=refused,
        status=status,
        region=form.region.data or _likely_region(),
        allowed=countries.allowed(reading()),
        countries=phone_numbers.countries(language.selected()),
    )


def _likely_region() -> str | None:
    """Return the region of the newest number; without a number, the one that the browser's languages suggest."""
    numbers = enrolled.of(reading(), require_visitor().account.id).numbers
    return numbers[-1].region if numbers else phone_numbers.likely_region(language.asked_for())


@bp.get("/add")
@stage("full")
def add() -> ResponseReturnValue:
    who = require_visitor()
    # The fresh proof is asked for before the number is typed, so that it interrupts nobody who is typing.
    require_fresh_proof(who.session, core().database.now())
    form = forms.Number()
    challenge = challenges.live(reading(), who.session, ADD_NUMBER)
    if challenge is not None and "correct" in request.args:
        form.region.data, form.label.data, form.method.data = challenge.region, challenge.label, challenge.method
        form.number.data = phone_numbers.retyped(challenge.number, challenge.region)
    return _add_panel(form)


@bp.post("/add")
@stage("full", keeps=True)
def send_code() -> ResponseReturnValue:
    form = forms.Number()
    if not form.validate():
        return _add_panel(form, status=422)
    try:
        phone, accepted = _read(form)
        with acting() as (work, session):
            trusted_numbers.send_code(
                work,
                session,
                phone,
                label=form.label.data or "",
                method=form.method.data or phone.methods[0],
                accepted=accepted,
                network=asks_from(),
                seen_token=form.seen.data or "",
            )
    except Refused as refused:
        return _add_panel(form, refused=refused, status=status_of(refused))
    return see_other("trusted_numbers.code")


def _read(form: forms.Number) -> tuple[PhoneNumber, frozenset[str]]:
    """Return the number, and the warnings that the person has accepted: for this number, and of its risk.

    What they accepted for other numbers is forgotten.
    """
    accepted = frozenset(f"{form.accepted.data or ''},{form.accept.data or ''}".split(","))
    form.accepted.data = "risky" if "risky" in accepted else ""
    phone = phone_numbers.parse(form.number.data or "", form.region.data or "", form.method.data or "", accepted)
    accepted &= {phone.number, "risky"}
    form.accepted.data = ",".join(sorted(accepted))
    return phone, accepted


@bp.get("/code")
@stage("full")
def code() -> ResponseReturnValue:
    if challenges.live(reading(), require_visitor().session, ADD_NUMBER) is None:
        return see_other("trusted_numbers.edit")
    return _card.show("code", form=forms.Code())


@bp.post("/code")
@stage("full")
def verify() -> ResponseReturnValue:
    form = forms.Code()
    if not form.validate():
        return _card.show("code", form=form, status=422)
    try:
        with acting() as (work, session):
            turned_on = trusted_numbers.verify(work, session, form.code.data or "")
    except challenges.NoCode:
        # The first click of a double click, or another tab, has added it.
        return see_other("trusted_numbers.edit")
    except Refused as refused:
        return _card.show("code", form=form, refused=refused, status=status_of(refused))
    if turned_on:  # then the whole page has changed, not only the card
        return leave("trusted_numbers.edit", said="number-on")
    return _card.done("added", "add-number")


@bp.get("/code/send")
@bp.get("/cancel")
@stage("full")
def sent() -> ResponseReturnValue:
    return see_other("trusted_numbers.code")


@bp.post("/code/send")
@stage("full", keeps=True)
def send_again() -> ResponseReturnValue:
    form = forms.SendCode()
    if not form.validate():
        return _card.show("code", form=form, status=422)
    try:
        with acting() as (work, session):
            trusted_numbers.send_again(
                work, session, form.method.data or "", network=asks_from(), seen_token=form.seen.data or ""
            )
    except challenges.NoCode:
        return see_other("trusted_numbers.edit")
    except Refused as refused:
        return _card.show("code", form=forms.Code(), refused=refused, status=status_of(refused))
    return see_other("trusted_numbers.code")


@bp.get("/code/status")
@stage("full", poll=True)
def status() -> ResponseReturnValue:
    return code_page.status(ADD_NUMBER)


@bp.post("/cancel")
@stage("full")
def cancel() -> ResponseReturnValue:
    form = forms.Confirm()
    if not form.validate():
        return _card.show("code", form=form, status=422)
    with acting() as (work, session):
        challenges.cancel(work, session, ADD_NUMBER)
    return see_other("trusted_numbers.edit", focus="add-number")
