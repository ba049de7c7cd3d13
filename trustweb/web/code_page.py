"""The page that asks for a code, as signing in and step-up share it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response

from trustweb.authentication import sign_in
from trustweb.codes import challenges
from trustweb.codes.challenges import DEVICE
from trustweb.database import Refused, Work
from trustweb.delivery import outbox
from trustweb.factors import enrolled
from trustweb.models import ChallengeView, DeliveryView, NumberView, SessionView
from trustweb.web import forms
from trustweb.web.show import show
from trustweb.web.visitors import core, present, reading


@dataclass(frozen=True, slots=True)
class CodeState:
    """Where a code is, as the page tells it."""

    challenge: ChallengeView | None
    delivery: DeliveryView | None
    numbers: list[NumberView]
    methods: tuple[str, ...]
    devices: bool
    """Whether there are trusted devices elsewhere that could show a code."""

    @property
    def seen(self) -> str:
        return challenges.seen(self.challenge)

    @property
    def current(self) -> NumberView | None:
        """The number that the live code went to."""
        wanted = self.challenge.factor_id if self.challenge else None
        return next((each for each in self.numbers if each.id == wanted), None)

    @property
    def others(self) -> list[NumberView]:
        return [each for each in self.numbers if each is not self.current]


def look(work: Work, session: SessionView, purpose: str) -> CodeState:
    mine = enrolled.of(work, session.account_id)
    return CodeState(
        *challenges.progress(work, session, purpose),
        sign_in.choices(mine, session),
        core().routes.methods,
        bool(mine.devices_elsewhere(session)),
    )


def page(
    purpose: str, *, refused: Refused | None = None, form: forms.Form | None = None, status: int = 200
) -> Response:
    state = look(reading(), present().session, purpose)
    return show(
        "code/page.html",
        purpose=purpose,
        room="sign_in" if purpose == challenges.SIGN_IN else "step_up",
        state=state,
        challenge=state.challenge,
        delivery=state.delivery,
        refused=refused,
        form=form or forms.Code(),
        status=status,
    )


def status(purpose: str) -> Response:
    """How the message fares: a piece that the page asks for again and again, until nothing changes any more."""
    challenge, delivery = challenges.progress(reading(), present().session, purpose)
    response = show("code/_status.html", challenge=challenge, delivery=delivery)
    if challenge is not None and challenge.method == DEVICE:
        return response
    if delivery is None or delivery.state == outbox.FAILED:
        response.headers["HX-Refresh"] = "true"  # the whole page says something else now
    elif delivery.state != outbox.QUEUED and delivery.state != outbox.SENT:
        response.status_code = 286  # htmx's word for: enough
    return response
