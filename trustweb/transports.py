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
Kind = Literal["code", "notice", "prompt", "link"]
ReceiptState = Literal["sent", "delivered", "failed"]

hookspec = pluggy.HookspecMarker("trustweb")
hookimpl = pluggy.HookimplMarker("trustweb")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a transport, read from the environment, then from ``instance/config.toml``.

    name:    the whole name, in capitals: ``VONAGE_API_KEY``. ``VONAGE_API_KEY_FILE`` reads it from a file.
    help:    one sentence for the operator.
    default: a string; None when the operator must give a value.
    secret:  True keeps the value out of every print.
    """

    name: str
    help: str
    default: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way to one destination.

    kind:            ``code``, ``notice``, ``prompt``, or ``link``: one that proves a mailbox, never a code.
    destination:     for text and call a number in E.164 form, with ``+``; for email an address; for push what the
                     browser said when it subscribed, a PushSubscription in JSON.
    text:            the words, in the account's language. For a call: one line a pause, the digits spelled out.
                     For push the last line is the address of the page to open.
    code:            the six digits, only when the kind is ``code``.
    language:        a BCP 47 tag: ``en``, ``de``.
    deadline:        aware, UTC. Later than this the message is of no use to anybody.
    idempotency_key: the same for every attempt at the same message; at most 40 characters of ``[A-Za-z0-9-]``.
    subject:         one line, for email and push only.
    """

    kind: Kind
    destination: str
    text: str
    code: str | None
    language: str
    deadline: datetime
    idempotency_key: str
    subject: str = ""

    def __repr__(self) -> str:
        """Leave the number, the words and the code out: a message ends up in logs and tracebacks."""
        return f"Message({self.kind} {self.idempotency_key} to {self.destination[:3]}…, ***)"


class DeliveryError(Exception):
    """The carrier did not take the message.

    reason:      a short machine word for logs: ``timeout``, ``refused``, ``no-credit``. Never the text or the code.
    permanent:   True when another attempt over this transport cannot help.
    retry_after: seconds that the carrier asks to wait, when it says so.
    gone:        True when the destination itself does not exist (any more). A browser's is forgotten then.
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
    """Raised by ``check``: this transport has no place here, such as a demo's on a real site. It is left out."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A carrier's request to this transport's ``receipts_url``: a POST of at most 16 KiB.

    headers: by their names in lower case.
    """

    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a carrier says happened to one message. Trustweb checks ``id`` and ``issued_at`` against replay.

    id:         unique for this receipt (a JWT's ``jti``, a nonce); seen ids are kept for 24 hours.
    issued_at:  aware, UTC, from the signed part; more than 300 s away from now is ignored.
    carrier_id: what ``send`` returned.
    state:      ``sent``, ``delivered`` or ``failed``; a state only moves forward.
    reason:     a short machine word when it failed.
    """

    id: str
    issued_at: datetime
    carrier_id: str
    state: ReceiptState
    reason: str = ""


class ReceiptForged(Exception):
    """The webhook's signature or body hash is not right. Nothing of it may be believed; it is answered 401."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a transport gets from the app.

    settings:     the values of the declared settings; one without a value is missing.
    folder:       a folder of its own (0700), kept between runs.
    receipts_url: where the carrier reports, absolute.
    public_url:   the site's address, without a trailing slash.
    demo:         True when ``TRUSTWEB_DEMO=1``.
    """

    settings: Mapping[str, str] = field(repr=False)
    folder: Path
    receipts_url: str
    public_url: str
    demo: bool


class Transport(ABC):
    """Carries messages of one method. One instance serves every thread of a process.

    name:       unique, lower case, ``[a-z0-9_]``; it is in the receipts' URL.
    label:      what people read on the page, in English.
    labels:     the same in other languages, by their tags: ``{"de": "Beispiel-SMS"}``.
    method:     ``text``, ``call``, ``push`` or ``email``.
    carries:    the kinds of message it takes.
    settings:   what the operator gives.
    enabled_by: the setting whose presence turns the transport on; None: always on. Once it is on, every
                setting without a default must be there, or Trustweb does not start.
    timeout:    seconds that ``send`` may take in all. Bound it yourself where you can: what is cut off here
                is tried again, while the thread that hangs is only left behind.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    labels: ClassVar[Mapping[str, str]] = {}
    method: ClassVar[Method]
    carries: ClassVar[frozenset[Kind]] = frozenset({"code"})
    settings: ClassVar[Sequence[Setting]] = ()
    enabled_by: ClassVar[str | None] = None
    timeout: ClassVar[float] = 15.0

    def __init__(self, context: Context) -> None:
        self.context = context

    def label_in(self, language: str) -> str:
        """The label in a language, and in English where it has none of its own."""
        return self.labels.get(language, self.label)

    @abstractmethod
    def send(self, message: Message) -> str:
        """Hand the message to the carrier and return the carrier's id for it.

        Raises DeliveryError when the carrier did not take it. Any other exception counts as a passing fault.
        Called from several threads at once, and again with the same ``idempotency_key`` after a crash.
        """

    def check(self) -> None:  # noqa: B027 - optional: nothing to check is a good answer
        """Look at the settings at start. Raises ValueError with one sentence for the operator, or NotApplicable.

        A carrier that is asked something here is given a second or two, and its silence keeps no site from starting.
        """

    def subscribe_key(self) -> str:
        """The public key (VAPID) that browsers subscribe with, base64url; only for push."""
        return ""

    def check_destination(self, destination: str) -> None:  # noqa: B027 - optional, as above
        """Look at a destination before anything is sent there: at what a browser says when it subscribes (push), or at
        an address (email). From what is known already: a person waits.

        Raises ValueError when nothing can or may be sent there.
        """

    def read_receipt(self, webhook: Webhook) -> Sequence[Receipt]:
        """Read a carrier's report. Raises ReceiptForged unless its signature covers all that is returned."""
        raise ReceiptForged("this transport takes no receipts")

    def pages(self) -> Blueprint | None:
        """Pages of its own, served to anybody under ``/<name>/``; only a demo needs them."""
        return None


@hookspec
def trustweb_transports() -> Iterable[type[Transport]]:  # type: ignore[empty-body]
    """Return the transport classes that this plugin brings."""
