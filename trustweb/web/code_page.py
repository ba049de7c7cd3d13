"""The page that asks for a code, as signing in and step-up share it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue

from trustweb.authentication import sign_in
from trustweb.codes import challenges, sending
from trustweb.codes.challenges import APP, DEVICE, DEVICES
from trustweb.database import Refused, Work
from trustweb.delivery import outbox
from trustweb.factors import enrolled, on_paper, passkey_proofs, trusted_numbers
from trustweb.models import AppView, ChallengeView, DeliveryView, NumberView, SessionView
from trustweb.web.base import forms
from trustweb.web.base.show import see_other, show
from trustweb.web.base.site import core
from trustweb.web.base.visitors import present, reading


@dataclass(frozen=True, slots=True)
class CodeState:
    """Where a code is, as the page tells it."""

    challenge: ChallengeView | None
    delivery: DeliveryView | None
    numbers: list[NumberView]
    apps: list[AppView]
    methods: tuple[str, ...]
    devices: bool
    """Whether there are trusted devices elsewhere that could show a code."""
    pauses: dict[str, datetime]
    """By number: until when a limit allows no more codes there."""
    passkey: dict[str, Any] | None
    """What the browser needs to use a passkey instead."""
    on_paper: list[str]
    """What may be typed instead, from paper."""

    @property
    def seen(self) -> str:
        return challenges.seen(self.challenge)

    @property
    def current(self) -> NumberView | None:
        """The number that the live code went to."""
        wanted = self.challenge.factor_id if self.challenge else None
        return next((each for each in self.numbers if each.id == wanted), None)

    def next_send(self, number: str) -> datetime | None:
        """When the next code may go there, where there is something to wait for; "" is the trusted devices."""
        own = self.challenge.next_send_at if self.challenge and self.challenge.number == number else None
        return max(filter(None, (own, self.pauses.get(number))), default=None)

    @property
    def current_app(self) -> AppView | None:
        """The app whose code is asked for."""
        wanted = self.challenge.factor_id if self.challenge else None
        return next((each for each in self.apps if each.id == wanted), None)

    @property
    def others(self) -> list[NumberView]:
        return [each for each in self.numbers if each is not self.current]

    @property
    def another(self) -> bool:
        """Whether another number may get a code now."""
        return any(each.number not in self.pauses for each in self.others)


def look(work: Work, session: SessionView, purpose: str, *, refused: bool = False) -> CodeState:
    challenge, delivery = challenges.progress(work, session, purpose)
    mine = enrolled.of(work, session.account_id)
    numbers, devices = sign_in.choices(mine, session), bool(mine.devices_elsewhere(session))
    apps = sign_in.apps(mine, session)
    places = [trusted_numbers.destination(each) for each in numbers] + ([DEVICES] if devices else [])
    # A code that was sent without a fault says itself when the next may follow; mostly there is nothing else to ask.
    unsure = challenge is None or refused or (delivery is not None and delivery.state == outbox.FAILED)
    if challenge is not None and not unsure:
        places = [each for each in places if each.number != challenge.number]
    pauses = sending.pauses(work, session, places) if places else {}
    passkey = passkey_proofs.to_prove(work, session, purpose, mine.passkeys)
    paper = [way.name for way in on_paper.ways(mine, purpose)]
    return CodeState(challenge, delivery, numbers, apps, core().routes.methods, devices, pauses, passkey, paper)


def page(
    purpose: str, *, refused: Refused | None = None, form: forms.Form | None = None, status: int = 200
) -> Response:
    state = look(reading(), present().session, purpose, refused=refused is not None)
    return show(
        "code/page.html",
        purpose=purpose,
        room=_room(purpose),
        state=state,
        challenge=state.challenge,
        delivery=state.delivery,
        refused=refused,
        form=form or forms.Code.blank(),
        status=status,
    )


def _room(purpose: str) -> str:
    return "sign_in" if purpose == challenges.SIGN_IN else "step_up"


def ask_paper(purpose: str, way: str) -> ResponseReturnValue:
    """Where to type what one has on paper."""
    on_paper.find(purpose, way)
    mine = enrolled.of(reading(), present().account.id)
    if way not in [each.name for each in on_paper.ways(mine, purpose)]:
        return see_other(f"{_room(purpose)}.code")
    return paper(purpose, way, forms.OnPaper())


def paper(
    purpose: str, way: str, form: forms.OnPaper, *, refused: Refused | None = None, status: int = 200
) -> Response:
    room = _room(purpose)
    return show("on_paper/page.html", purpose=purpose, room=room, way=way, form=form, refused=refused, status=status)


def status(purpose: str) -> Response:
    """How the message fares: a piece that the page asks for again and again, until nothing changes any more."""
    challenge, delivery = challenges.progress(reading(), present().session, purpose)
    response = show("code/_status.html", challenge=challenge, delivery=delivery)
    if challenge is not None and challenge.method in (APP, DEVICE):
        return response
    if delivery is None or delivery.state == outbox.FAILED:
        response.headers["HX-Refresh"] = "true"  # the whole page says something else now
    elif delivery.state != outbox.QUEUED and delivery.state != outbox.SENT:
        response.status_code = 286  # htmx's word for: enough
    return response
