"""E-mail over SMTP: notices, and links that prove an address. Never codes."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from ipaddress import ip_address
from typing import ClassVar
from urllib.parse import urlsplit

import idna

from trustweb.transports import DeliveryError, Message, Setting, Transport, hookimpl

PORTS = {"tls": 465, "starttls": 587, "none": 25}
# Time out before Trustweb stops waiting for ``send``, so no thread stays behind with a slow server.
SHARE_OF_TIMEOUT = 0.8
PATIENCE_AT_START = 2.0
NO_SUCH_MAILBOX = {550, 551, 553}
POLICY = b"5.7."
"""The enhanced status codes (RFC 3463) of a policy against the sender: the mailbox may well exist."""


class Client(smtplib.SMTP):
    """smtplib's client with a connection that can be shut down at any moment.

    The time-out of smtplib is for each read, so a server that sends a byte a second would hold a thread for hours.
    """

    def __init__(self, host: str, name: str, *, seconds: float, tls: ssl.SSLContext | None) -> None:
        super().__init__(local_hostname=name, timeout=seconds)  # without a name smtplib would ask the DNS for one
        self._host = host
        self._tls = tls
        self._duplicate: socket.socket | None = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        # While connecting there is no socket to shut down yet, and each address of the host is tried in turn.
        connected = socket.create_connection((host, port), timeout / 3)
        connected.settimeout(timeout)
        self._duplicate = connected.dup()  # stays usable after TLS has taken over the original
        return self._tls.wrap_socket(connected, server_hostname=host) if self._tls else connected

    def cut(self) -> None:
        if self._duplicate is not None:
            with suppress(OSError):
                self._duplicate.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._duplicate is not None:
            self._duplicate.close()


class EmailSmtp(Transport):
    name = "email_smtp"
    label = "E-mail"
    labels: ClassVar = {"de": "E-Mail"}
    method = "email"
    carries = frozenset({"notice", "link"})
    settings = (
        Setting("SMTP_HOST", "The mail server; mails are sent once it is set."),
        Setting("SMTP_SECURITY", "tls, starttls, or none; none for this machine alone.", default="tls"),
        Setting("SMTP_PORT", "The server's port, if not 465 (tls), 587 (starttls) or 25 (none).", default=""),
        Setting("SMTP_USER", "The name to log in with, if the server wants one.", default=""),
        Setting("SMTP_PASSWORD", "The password to log in with.", default="", secret=True),
        Setting("MAIL_FROM", "Whom mails come from: Example <no-reply@example.com>."),
    )
    enabled_by = "SMTP_HOST"
    timeout = 20.0
    _takes_any: bool | None = None
    """True when the server takes mailboxes beyond ASCII (SMTPUTF8), as of its last EHLO; None before that."""

    def check(self) -> None:
        values = self.context.settings
        if self._security not in PORTS:
            raise ValueError("SMTP_SECURITY is tls, starttls or none.")
        if self._security == "none" and not _is_loopback(values["SMTP_HOST"]):
            raise ValueError("SMTP_SECURITY=none is for a mail server on this machine alone.")
        try:
            _in_ascii(values["SMTP_HOST"])
        except ValueError:
            raise ValueError("SMTP_HOST is a host: mail.example.com.") from None
        port = values["SMTP_PORT"] or "25"
        if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError("SMTP_PORT is a port's number.")
        if bool(values["SMTP_USER"]) != bool(values["SMTP_PASSWORD"]):
            raise ValueError("SMTP_USER and SMTP_PASSWORD go together.")
        try:
            _sender(values["MAIL_FROM"])
        except ValueError:
            raise ValueError("MAIL_FROM is an address: Example <no-reply@example.com>.") from None
        # Ask for SMTPUTF8, but start without an answer when the server is down or slow; each mail asks again.
        asking = threading.Thread(target=self._ask, daemon=True, name="ask the mail server")
        asking.start()
        asking.join(PATIENCE_AT_START)

    def _ask(self) -> None:
        with suppress(DeliveryError, ValueError):
            self._talk(lambda _client: None)

    def check_destination(self, destination: str) -> None:
        if self._takes_any is False and not destination.rpartition("@")[0].isascii():
            raise ValueError("the mail server takes no mailbox like this")

    @property
    def _host(self) -> str:
        return _in_ascii(self.context.settings["SMTP_HOST"])

    @property
    def _security(self) -> str:
        return self.context.settings["SMTP_SECURITY"].lower()

    def send(self, message: Message) -> str:
        try:
            mail = self._mail(message)
        except ValueError:
            raise DeliveryError("invalid", permanent=True) from None
        self._talk(lambda client: self._hand_over(client, mail))
        return str(mail["Message-ID"]).strip("<>")[:128]

    def _talk(self, act: Callable[[Client], None]) -> None:
        """Hold one SMTP session with the server, bounded as a whole. Raises DeliveryError."""
        seconds = self.timeout * SHARE_OF_TIMEOUT
        tls = None if self._security == "none" else ssl.create_default_context()
        name = _in_ascii(urlsplit(self.context.public_url).hostname or "localhost")
        wrap = tls if self._security == "tls" else None
        client = Client(self._host, name, seconds=seconds, tls=wrap)

        def talk() -> None:
            client.connect(self._host, int(self.context.settings["SMTP_PORT"] or PORTS[self._security]))
            if self._security == "starttls":
                client.starttls(context=tls)
            client.ehlo_or_helo_if_needed()
            self._takes_any = client.has_extn("smtputf8")
            act(client)
            with suppress(OSError, smtplib.SMTPException):  # the mail is accepted already
                client.quit()

        _within(seconds, client, talk)

    def _hand_over(self, client: Client, mail: EmailMessage) -> None:
        values = self.context.settings
        if values["SMTP_USER"]:
            client.login(values["SMTP_USER"], values["SMTP_PASSWORD"])
        client.send_message(mail)

    def _mail(self, message: Message) -> EmailMessage:
        """Build the mail. Raises ValueError for a value that cannot be one header (header injection)."""
        mail = EmailMessage(SMTP)
        sender = _sender(self.context.settings["MAIL_FROM"])
        mail["From"] = sender
        mail["To"] = _address("", message.destination)
        # Python would decode an encoded word, and write the line breaks in it as further headers.
        mail["Subject"] = message.subject.replace("=?", "= ?")
        mail["Date"] = datetime.now(UTC)
        # The same when a message is sent twice, so that a mailbox shows it once.
        mail["Message-ID"] = f"<{message.idempotency_key}@{sender.domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # no out-of-office reply (RFC 3834)
        mail["Content-Language"] = message.language
        mail.set_content(message.text)
        return mail


def _within(seconds: float, client: Client, talk: Callable[[], object]) -> None:
    """Run a whole SMTP session within a time. Raises DeliveryError without the server's text: it may quote the mail."""
    began = time.monotonic()
    timer = threading.Timer(seconds, client.cut)
    timer.daemon = True
    timer.start()
    try:
        talk()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        # By the clock: a read may time out by itself just before the timer fires.
        fault = DeliveryError("timeout") if time.monotonic() - began >= seconds else _fault(error)
        raise fault from None
    finally:
        timer.cancel()
        client.close()


def _fault(error: Exception) -> DeliveryError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return _answered(code, gone=code in NO_SUCH_MAILBOX and not words.startswith(POLICY))
    if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500:
        return DeliveryError("credentials", permanent=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error.smtp_code)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return DeliveryError("not-supported", permanent=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return DeliveryError("certificate")
    if isinstance(error, ValueError):
        return DeliveryError("invalid", permanent=True)
    return DeliveryError("timeout" if isinstance(error, TimeoutError) else "connection")


def _answered(code: int, *, gone: bool = False) -> DeliveryError:
    """Map a reply code (RFC 5321): 4xx may be tried again, 5xx may not, and anything else is no valid answer."""
    if not 400 <= code < 600:
        return DeliveryError("unreadable-answer")
    return DeliveryError(f"smtp-{code}", permanent=code >= 500, gone=gone)


def _sender(text: str) -> Address:
    if not text.isprintable():
        raise ValueError("not a line")
    return _address(*parseaddr(text))


def _address(name: str, address: str) -> Address:
    """Build an address from its parts. Raises ValueError.

    It is never parsed, so nothing in it can become a second recipient.
    """
    user, at, domain = address.rpartition("@")
    if not (user and at and domain) or any(c.isspace() or c in "<>,;" for c in address):
        raise ValueError("not an address")
    return Address(name, user, _in_ascii(domain))


def _in_ascii(host: str) -> str:
    """Encode a host name for the DNS by IDNA 2008. Raises ValueError.

    Python's own codec (IDNA 2003), which sockets and TLS use for names beyond ASCII, turns straße into strasse, which
    is somebody else's mail server.
    """
    return host if host.isascii() else idna.encode(host, uts46=True).decode()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@hookimpl
def trustweb_transports() -> list[type[Transport]]:
    return [EmailSmtp]
