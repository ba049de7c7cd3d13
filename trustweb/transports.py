"""The plugin contract: everything a transport may import, and all that it may rely on.

A transport is one file with one class and one hook::

    from trustweb.transports import DeliveryError, Message, Setting, Transport, hookimpl

    class Pigeon(Transport):
        name = "pigeon"
        label = "Pigeon Post"
        method = "text"
        settings = (Setting("PIGEON_LOFT", "The loft's address."),)

        def send(self, message: Message) -> str:
            ...

    @hookimpl
    def trustweb_transports():
        return [Pigeon]

Drop the file into ``plugins/`` or into the folder that ``TRUSTWEB_PLUGINS`` names, or publish it as a
package with an entry point in group ``trustweb``. Nothing else is edited.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import pluggy

if TYPE_CHECKING:
    from flask import Blueprint

Method = Literal["text", "call", "push", "email"]
MessageKind = Literal["code", "notice", "prompt", "link"]
ReceiptState = Literal["sent", "delivered", "failed"]

hookspec = pluggy.HookspecMarker("trustweb")
hookimpl = pluggy.HookimplMarker("trustweb")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a transport, read from the environment, else from ``instance/config.toml``.

    name:    the full name in capitals: ``VONAGE_API_KEY``. ``VONAGE_API_KEY_FILE`` names a file that holds the value.
    help:    one sentence for the operator.
    default: a string; None when the operator must give a value.
    secret:  True keeps the value out of everything that Trustweb prints.
    """

    name: str
    help: str
    default: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one destination.

    kind:            ``code``; ``notice`` of a change; ``prompt`` (a sign-in waits for a trusted device); or ``link``,
                     which proves a mailbox and never holds a code.
    destination:     for text and call a number in E.164 form, with ``+``; for email an address; for push the
                     PushSubscription of the browser (W3C Push API), as JSON.
    text:            the text, in the account's language. For a call: a pause after each line, the digits one by one.
                     For push the last line is the URL of the page to open.
    code:            the six digits; None unless the kind is ``code``.
    language:        a BCP 47 tag: ``en``, ``de``.
    deadline:        aware, in UTC. After it the message is of no use to anybody.
    idempotency_key: the same for every attempt at the same message; at most 40 characters of ``[A-Za-z0-9-]``.
    subject:         one line; empty except for email and push.
    """

    kind: MessageKind
    destination: str
    text: str
    code: str | None
    language: str
    deadline: datetime
    idempotency_key: str
    subject: str = ""

    def __repr__(self) -> str:
        """Leave out the number, the text and the code: a message ends up in logs and tracebacks."""
        return f"Message({self.kind} {self.idempotency_key} to {self.destination[:3]}…, ***)"


class DeliveryError(Exception):
    """The carrier did not accept the message.

    reason:      a short machine-readable word for logs, at most 64 characters: ``timeout``, ``refused``,
                 ``no-credit``. Never the text, the number or the code.
    permanent:   True when another attempt over this transport cannot succeed.
    retry_after: seconds that the carrier asks to wait (``Retry-After``); None when it does not say.
    gone:        True when the destination does not exist, or no longer exists; implies ``permanent``. No other
                 transport is tried, and a browser's push subscription is deleted.
    """

    def __init__(
        self, reason: str, *, permanent: bool = False, retry_after: float | None = None, gone: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent or gone
        self.retry_after = retry_after
        self.gone = gone


class NotApplicable(Exception):
    """Raised by ``check`` to leave this transport out, such as a demo's on a real site. The site starts without it."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A carrier's request to this transport's ``receipts_url``: a POST of at most 16 KiB.

    headers: keyed by their names in lower case.
    body:    the bytes of the request, as a signature may cover them.
    form:    the decoded form fields; empty when the body is not a form.
    query:   the decoded query parameters.
    """

    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A carrier's report on the delivery of one message. Trustweb checks ``id`` and ``issued_at`` against replay.

    id:         unique for this receipt (a JWT's ``jti``, a nonce); an id is remembered for 24 hours.
    issued_at:  aware, in UTC, from the signed part; a receipt more than 300 seconds away from now is ignored.
    carrier_id: the id that ``send`` returned.
    state:      ``sent``, ``delivered`` or ``failed``; a message never moves from ``delivered`` or ``failed``.
    reason:     a short machine-readable word when the state is ``failed``.
    """

    id: str
    issued_at: datetime
    carrier_id: str
    state: ReceiptState
    reason: str = ""


class ReceiptForged(Exception):
    """The webhook's signature or body hash is wrong. Trustweb ignores its content and answers 401."""


@dataclass(frozen=True, slots=True)
class Context:
    """The settings and the surroundings that Trustweb gives to a transport.

    settings:     the values of the declared settings, keyed by name: the operator's, else the default.
    folder:       a private folder of this transport (mode 0700), kept between runs.
    receipts_url: the absolute URL to which the carrier posts receipts.
    public_url:   the site's URL, without a trailing slash.
    demo:         True when ``TRUSTWEB_DEMO=1``.
    """

    settings: Mapping[str, str] = field(repr=False)
    folder: Path
    receipts_url: str
    public_url: str
    demo: bool


class Transport(ABC):
    """Base class of transports, which send messages by one method. One instance serves all threads of a process.

    name:       unique, at most 32 characters of ``[a-z0-9_]``; it is part of the receipts' URL.
    label:      the name on the page, in English.
    labels:     the name in other languages, keyed by BCP 47 tag: ``{"de": "Beispiel-SMS"}``.
    method:     ``text``, ``call``, ``push`` or ``email``.
    carries:    the kinds of message that it sends.
    settings:   the settings that the operator may give.
    enabled_by: the setting whose presence turns the transport on; None: always on. Once it is on, every
                setting without a default must have a value, or Trustweb does not start.
    timeout:    seconds that ``send`` may take in all. Bound ``send`` yourself where you can: after the time-out
                Trustweb tries again, but it cannot stop the thread that hangs.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    labels: ClassVar[Mapping[str, str]] = {}
    method: ClassVar[Method]
    carries: ClassVar[frozenset[MessageKind]] = frozenset({"code"})
    settings: ClassVar[Sequence[Setting]] = ()
    enabled_by: ClassVar[str | None] = None
    timeout: ClassVar[float] = 15.0

    def __init__(self, context: Context) -> None:
        self.context = context

    def label_in(self, language: str) -> str:
        """Return the label in a language (a BCP 47 tag), or the English one when there is none."""
        return self.labels.get(language, self.label)

    @abstractmethod
    def send(self, message: Message) -> str:
        """Hand the message to the carrier and return the carrier's id for it, at most 128 characters.

        Raises DeliveryError when the carrier did not accept it. Any other exception counts as a temporary fault.
        Called from several threads at once, and again with the same ``idempotency_key`` after a crash.
        """

    def check(self) -> None:  # noqa: B027 - optional: a transport may have nothing to check
        """Check the settings at start. Raises ValueError with one sentence for the operator, or NotApplicable.

        Wait at most two seconds for a carrier's answer, and start without it: a carrier that is down must not keep the
        site down.
        """

    def subscribe_key(self) -> str:
        """Return the public VAPID key that browsers subscribe with (RFC 8292), in base64url; only for push."""
        return ""

    def check_destination(self, destination: str) -> None:  # noqa: B027 - optional, as above
        """Check a destination before the first message to it: a PushSubscription (push) or an address (email).

        Raises ValueError when nothing can or may be sent there. Ask no server here: a person waits for the page.
        """

    def read_receipt(self, webhook: Webhook) -> Sequence[Receipt]:
        """Read a carrier's report. Raises ReceiptForged unless its signature covers everything that is returned."""
        raise ReceiptForged("this transport takes no receipts")

    def pages(self) -> Blueprint | None:
        """Return this transport's own pages, served to anybody under ``/<name>/``; only a demo needs them."""
        return None


@hookspec
def trustweb_transports() -> Iterable[type[Transport]]:  # type: ignore[empty-body]
    """Return the transport classes that this plugin brings."""
