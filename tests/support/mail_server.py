"""A mail server on loopback that takes mails, or fails as it is told: plain, STARTTLS or TLS."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope


@dataclass
class Mailroom:
    """aiosmtpd's handler: its answers are ``answers[verb]`` as long as there are any."""

    port: int = 0
    envelopes: list[Envelope] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    """``421 …``, or ``hang``, ``drip`` and ``drop``."""
    hello: str = ""
    logins: list[tuple[str, str]] = field(default_factory=list)
    encrypted: bool = False

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(each.content, policy=policy.default) for each in self.envelopes]  # type: ignore[misc]

    def settings(self, security: str = "none") -> dict[str, str]:
        return {
            "SMTP_HOST": "localhost" if security != "none" else "127.0.0.1", "SMTP_PORT": str(self.port),
            "SMTP_SECURITY": security, "SMTP_USER": "", "SMTP_PASSWORD": "",
            "MAIL_FROM": "Example Ünited <no-reply@example.com>",
        }  # fmt: skip

    async def handle_EHLO(self, server: SMTP, _session: Any, _envelope: Any, hostname: str, answers: list[str]) -> Any:  # noqa: N802 - as aiosmtpd calls it
        self.hello, _session.host_name = hostname, hostname
        self.encrypted = server.transport.get_extra_info("ssl_object") is not None
        return answers

    async def handle_RCPT(self, server: SMTP, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802 - as aiosmtpd calls it
        if said := await self._fault(server, "RCPT"):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - as aiosmtpd calls it
        if said := await self._fault(server, "DATA"):
            return said
        self.envelopes.append(envelope)
        return "250 taken"

    async def _fault(self, server: SMTP, verb: str) -> str:
        said = self.answers[verb].pop(0) if self.answers.get(verb) else ""
        if said == "drop":
            server.transport.abort()
        while said == "drip":
            server.transport.write(b"2")
            await asyncio.sleep(0.1)
        if said == "hang":
            await asyncio.sleep(60)
        return said

    def login(self, _server: SMTP, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"right", handled=False)


@contextmanager
def mail_server(
    tls: ssl.SSLContext | None = None, *, starttls: bool = False, smtputf8: bool = False
) -> Iterator[Mailroom]:
    room, loop = Mailroom(), asyncio.new_event_loop()
    talks: list[SMTP] = []

    def serve() -> SMTP:
        wrapped = {"tls_context": tls, "require_starttls": True} if starttls else {}
        wrapped |= {"enable_SMTPUTF8": smtputf8}
        talks.append(SMTP(room, authenticator=room.login, auth_require_tls=False, loop=loop, **wrapped))
        return talks[-1]

    outer = None if starttls else tls
    # In a thread from the first moment: a browser's own loop may be running in this one.
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = asyncio.run_coroutine_threadsafe(loop.create_server(serve, "127.0.0.1", 0, ssl=outer), loop)
    server = listening.result()
    room.port = server.sockets[0].getsockname()[1]
    try:
        yield room
    finally:
        asyncio.run_coroutine_threadsafe(_end(server, talks), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server, talks: list[SMTP]) -> None:
    server.close()
    for talk in talks:
        if talk.transport is not None:
            talk.transport.abort()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.01)
