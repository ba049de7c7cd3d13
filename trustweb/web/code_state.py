"""Where a code is, and what else could prove somebody: what the page that asks for one says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trustweb.authentication import sign_in
from trustweb.codes import challenges, send_limits
from trustweb.codes.challenges import DEVICES
from trustweb.database import Work
from trustweb.delivery import outbox
from trustweb.factors import enrolled, on_paper, passkey_proofs, trusted_numbers
from trustweb.factors.on_paper import Way
from trustweb.models import AppView, ChallengeView, DeliveryView, NumberView, SessionView
from trustweb.web.base.site import core


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
    on_paper: list[Way]
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
    pauses = send_limits.pauses(work, session, places) if places else {}
    passkey = passkey_proofs.to_prove(work, session, purpose, mine.passkeys)
    paper = on_paper.ways(mine, purpose)
    return CodeState(challenge, delivery, numbers, apps, core().routes.methods, devices, pauses, passkey, paper)
