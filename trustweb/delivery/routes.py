"""Which transport carries a message: the loaded ones of its method, in the operator's order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trustweb.database import Refused
from trustweb.transports import MessageKind, Transport


class CannotMail(Refused):
    """As far as the transports of mails know, none reaches this mailbox."""


class Routes:
    def __init__(self, transports: Iterable[Transport], order: str = "") -> None:
        names = [name.strip() for name in order.split(",") if name.strip()]
        ranked = {name: rank for rank, name in enumerate(names)}
        self._transports = sorted(transports, key=lambda t: ranked.get(t.name, len(ranked)))

    def __getitem__(self, name: str) -> Transport:
        return next(each for each in self._transports if each.name == name)

    def __contains__(self, name: str) -> bool:
        return any(each.name == name for each in self._transports)

    def carriers(self, method: str, kind: MessageKind = "code", *, without: str = "") -> Sequence[Transport]:
        """The transports to try, best first."""
        spent = without.split(",")
        return [
            each
            for each in self._transports
            if each.method == method and kind in each.carries and each.name not in spent
        ]

    @property
    def mail(self) -> bool:
        """Whether a link can get to a mailbox here."""
        return bool(self.carriers("email", "link"))

    def check_mailbox(self, address: str) -> None:
        """Before a mail is promised to it. Raises CannotMail."""
        carriers = self.carriers("email", "link")
        if carriers and not any(_reaches(each, address) for each in carriers):
            raise CannotMail

    @property
    def methods(self) -> tuple[str, ...]:
        """The ways in which a code can get to a phone here."""
        return tuple(method for method in ("text", "call") if self.carriers(method))

    @property
    def notifier(self) -> Transport | None:
        """What shows sign-ins on trusted devices that have no page open."""
        return next(iter(self.carriers("push", "prompt")), None)


def _reaches(transport: Transport, destination: str) -> bool:
    try:
        transport.check_destination(destination)
    except ValueError:
        return False
    return True
