"""The choice of a transport for a message: the loaded ones of its method, in the operator's order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trustweb.transports import MessageKind, Transport
from trustweb.work import Refused


class CannotMail(Refused):
    """No transport of mails can reach this mailbox, as far as they know."""


class Routes:
    """The loaded transports in the operator's order (TRUSTWEB_TRANSPORTS)."""

    def __init__(self, transports: Iterable[Transport], order: str = "") -> None:
        names = [name.strip() for name in order.split(",") if name.strip()]
        ranked = {name: rank for rank, name in enumerate(names)}
        self._transports = sorted(transports, key=lambda t: ranked.get(t.name, len(ranked)))

    def __getitem__(self, name: str) -> Transport:
        return next(each for each in self._transports if each.name == name)

    def __contains__(self, name: str) -> bool:
        return any(each.name == name for each in self._transports)

    def carriers(self, method: str, kind: MessageKind = "code", *, without: str = "") -> Sequence[Transport]:
        """Return the transports to try, in order. ``without``: names to leave out, separated by commas."""
        spent = without.split(",")
        return [
            each
            for each in self._transports
            if each.method == method and kind in each.carries and each.name not in spent
        ]

    @property
    def mail(self) -> bool:
        """True if links can be sent to mailboxes."""
        return bool(self.carriers("email", "link"))

    def check_mailbox(self, address: str) -> None:
        """Check an address before a mail to it is promised. Raises CannotMail."""
        carriers = self.carriers("email", "link")
        if carriers and not any(_reaches(each, address) for each in carriers):
            raise CannotMail

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods by which a code can get to a phone: ``text``, ``call``."""
        return tuple(method for method in ("text", "call") if self.carriers(method))

    @property
    def notifier(self) -> Transport | None:
        """The transport of push notifications, or None."""
        return next(iter(self.carriers("push", "prompt")), None)


def _reaches(transport: Transport, destination: str) -> bool:
    try:
        transport.check_destination(destination)
    except ValueError:
        return False
    return True
