"""The values of the page that asks for a proof: the state of the code, and the other ways."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trustweb.authentication import sign_in
from trustweb.codes import challenges, send_limits
from trustweb.codes.challenges import DEVICES
from trustweb.delivery import outbox
from trustweb.factors import enrolled, on_paper, passkey_proofs, trusted_numbers
from trustweb.factors.on_paper import Way
from trustweb.models import AppView, ChallengeView, DeliveryView, NumberView, SessionView
from trustweb.web.base.site import core
from trustweb.work import Work


@dataclass(frozen=True, slots=True)
class CodeState:
    """The state of a challenge, and the ways to prove it, as the page shows them."""

    challenge: ChallengeView | None
    delivery: DeliveryView | None
    numbers: list[NumberView]
    apps: list[AppView]
    methods: tuple[str, ...]
    devices: bool
    """True when there are trusted devices elsewhere that could show a code."""
    pauses: dict[str, datetime]
    """By number, the moment until which a limit allows no more codes there; "" is the trusted devices."""
    passkey: dict[str, Any] | None
    """The options with which the browser uses a passkey instead; None when there is none."""
    on_paper: list[Way]
    """The ways from paper instead of a code."""

    @property
    def state_token(self) -> str:
        """The token for the state that the page shows; its forms send it back."""
        return challenges.state_token(self.challenge)

    @property
    def current(self) -> NumberView | None:
        """The number to which the live code was sent."""
        wanted = self.challenge.factor_id if self.challenge else None
        return next((each for each in self.numbers if each.id == wanted), None)

    def next_send(self, number: str) -> datetime | None:
        """Return when the next code may be sent to a number, or None for now; "" is the trusted devices."""
        own = self.challenge.next_send_at if self.challenge and self.challenge.number == number else None
        return max(filter(None, (own, self.pauses.get(number))), default=None)

    @property
    def current_app(self) -> AppView | None:
        """The app whose code the page asks for."""
        wanted = self.challenge.factor_id if self.challenge else None
        return next((each for each in self.apps if each.id == wanted), None)

    @property
    def others(self) -> list[NumberView]:
        return [each for each in self.numbers if each is not self.current]

    @property
    def another(self) -> bool:
        """True when a code may be sent to another number now."""
        return any(each.number not in self.pauses for each in self.others)


def look(
    work: Work, session: SessionView, purpose: str, *, refused: bool = False, needs_passkey: bool = False
) -> CodeState:
    """Read the state of the session's challenge. ``refused``: the page shows a refusal.

    ``needs_passkey``: nothing else is offered to whoever has one.
    """
    mine = enrolled.of(work, session.account_id)
    if needs_passkey and (passkey := passkey_proofs.to_prove(work, session, purpose, mine.passkeys, verified=True)):
        return CodeState(None, None, [], [], core().routes.methods, False, {}, passkey, [])
    challenge, delivery = challenges.progress(work, session, purpose)
    numbers, devices = sign_in.choices(mine, session), bool(mine.devices_elsewhere(session))
    apps = sign_in.apps(mine, session)
    places = [trusted_numbers.destination(each) for each in numbers] + ([DEVICES] if devices else [])
    # The challenge of a code that was sent has the moment of the next one itself, so that the limits of its number need
    # no query. Mostly there is no other number.
    unsure = challenge is None or refused or (delivery is not None and delivery.state == outbox.FAILED)
    if challenge is not None and not unsure:
        places = [each for each in places if each.number != challenge.number]
    pauses = send_limits.pauses(work, session, places) if places else {}
    passkey = passkey_proofs.to_prove(work, session, purpose, mine.passkeys)
    paper = on_paper.ways(mine, purpose)
    return CodeState(challenge, delivery, numbers, apps, core().routes.methods, devices, pauses, passkey, paper)
