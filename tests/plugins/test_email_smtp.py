"""Mails over SMTP to a real server, and what each failure means."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.support.mail_server import Mailroom, mail_server
from tests.support.smtp import ImpatientSmtp, mail, smtp
from tests.support.vonage_kit import refusal, transport

BOB = "bob@example.com"


@pytest.fixture
def room() -> Iterator[Mailroom]:
    with mail_server() as room:
        yield room


@pytest.fixture
def mails(room: Mailroom) -> Any:
    return transport(smtp.EmailSmtp, **room.settings())


@contextmanager
def lookups(*parts: str) -> Iterator[list[str]]:
    """The hosts with such a part that are looked up; nobody is asked."""
    asked: list[str] = []
    wanted = list(parts)

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo" and any(part in arguments[0] for part in wanted):
            asked.append(arguments[0])
            raise OSError

    sys.addaudithook(note)
    yield asked
    wanted.clear()  # a hook stays for ever


ENCODED = "=?utf-8?q?x=0D=0ABcc:_eve=40example.com?="


@pytest.mark.parametrize("subject", [ENCODED, f"Confirm {ENCODED} now", f"Grüße {ENCODED}", f"==?{ENCODED}"])
def test_a_subject_makes_no_other_header(mails: Any, room: Mailroom, subject: str) -> None:
    mails.send(mail(subject=subject))

    (got,) = room.mails
    assert got["Bcc"] is None
    assert got["Subject"].replace("= ?", "=?") == subject


def test_a_mail_arrives_whole(mails: Any, room: Mailroom) -> None:
    assert mails.send(mail()) == "link-7-1@example.com"

    (got,) = room.mails
    assert room.envelopes[0].rcpt_tos == [BOB]
    assert (got["To"], got["From"]) == (BOB, "Example Ünited <no-reply@example.com>")
    assert (got["Subject"], got["Auto-Submitted"]) == ("Grüße", "auto-generated")
    assert got["Message-ID"] == "<link-7-1@example.com>"
    assert abs(parsedate_to_datetime(got["Date"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert got.get_content_type() == "text/plain"
    assert got.get_content().splitlines() == ["Öffnen Sie", "", "http://localhost/x"]
    assert room.hello == "localhost"


def test_a_long_link_arrives_in_one_piece(mails: Any, room: Mailroom) -> None:
    url = "https://account.example.com/address/1-" + "0123456789abcdef" * 12

    mails.send(mail(text=f"Open\n\n{url}\n"))

    assert url in room.mails[0].get_content().splitlines()


def test_a_line_of_one_dot_ends_nothing(mails: Any, room: Mailroom) -> None:
    mails.send(mail(text="one\n.\nRCPT TO:<eve@example.com>\n"))

    assert room.mails[0].get_content().splitlines() == ["one", ".", "RCPT TO:<eve@example.com>"]
    assert room.envelopes[0].rcpt_tos == [BOB]


@pytest.mark.parametrize(
    "to", ["bob@example.com\r\nBcc: eve@example.com", "bob@example.com,eve@example.com", "<eve@example.com>bob@x",
           "bob", "@example.com", "bob@", "bob@exa mple.com", "bob\x00@example.com\n"],
)  # fmt: skip
def test_an_address_never_becomes_a_header_or_a_second_one(to: str, mails: Any, room: Mailroom) -> None:
    error = refusal(mails.send, mail(to))

    assert (error.reason, error.permanent) == ("invalid", True)
    assert room.envelopes == []


def test_a_subject_never_becomes_a_header(mails: Any, room: Mailroom) -> None:
    assert refusal(mails.send, mail(subject="Hello\r\nBcc: eve@example.com")).reason == "invalid"
    assert room.envelopes == []


@pytest.mark.parametrize(
    ("to", "domain"),
    [("bob@bücher.example", "xn--bcher-kva.example"), ("anna@straße.example", "xn--strae-oqa.example"),
     ("anna@xn--strae-oqa.example", "xn--strae-oqa.example"), ("anna@strasse.example", "strasse.example"),
     ("anna@βόλος.example", "xn--nxasmm1c.example"),
     ("anna@نامه\u200cای.example", "xn--mgba3gch31f060k.example")],
)  # fmt: skip
def test_a_domain_is_written_as_the_dns_has_it(to: str, domain: str, mails: Any, room: Mailroom) -> None:
    mails.send(mail(to))

    assert room.envelopes[0].rcpt_tos == [f"{to.partition('@')[0]}@{domain}"]
    assert room.mails[0]["To"].addresses[0].domain == domain


def test_the_sender_s_domain_is_too(room: Mailroom) -> None:
    settings = room.settings() | {"MAIL_FROM": "Straße <no-reply@straße.example>"}

    carrier_id = transport(smtp.EmailSmtp, **settings).send(mail())

    assert room.envelopes[0].mail_from == "no-reply@xn--strae-oqa.example"
    assert room.mails[0]["From"] == "Straße <no-reply@xn--strae-oqa.example>"
    assert carrier_id == "link-7-1@xn--strae-oqa.example"


def test_the_server_s_own_host_is_looked_up_as_the_dns_has_it(room: Mailroom) -> None:
    with lookups("strae", "stras", "straß") as asked:
        refusal(transport(smtp.EmailSmtp, **room.settings("tls") | {"SMTP_HOST": "mail.straße.example"}).send, mail())

    assert asked == ["mail.xn--strae-oqa.example"]


def test_it_says_its_own_name_as_the_dns_has_it(mails: Any, room: Mailroom) -> None:
    mails.context = replace(mails.context, public_url="https://konto.straße.example")

    mails.send(mail())

    assert room.hello == "konto.xn--strae-oqa.example"


def test_a_foreign_mailbox_is_a_refusal_where_the_server_knows_no_such(mails: Any, room: Mailroom) -> None:
    assert refusal(mails.send, mail("jürgen@example.com")).reason == "not-supported"


@pytest.mark.parametrize(
    ("verb", "said", "reason", "permanent", "gone"),
    [
        ("RCPT", "450 4.2.0 greylisted", "smtp-450", False, False),
        ("RCPT", "550 5.1.1 no such user", "smtp-550", True, True),
        ("RCPT", "550 no such user", "smtp-550", True, True),
        ("RCPT", "550 5.7.1 relaying denied", "smtp-550", True, False),
        ("RCPT", "552 5.2.2 mailbox full", "smtp-552", True, False),
        ("DATA", "451 4.3.0 later", "smtp-451", False, False),
        ("DATA", "554 5.7.1 spam", "smtp-554", True, False),
        ("DATA", "drop", "connection", False, False),
        ("RCPT", "drop", "connection", False, False),
        ("DATA", "999 what", "unreadable-answer", False, False),
    ],
)
def test_what_an_answer_means(
    verb: str, said: str, reason: str, permanent: bool, gone: bool, mails: Any, room: Mailroom
) -> None:
    room.answers[verb] = [said]

    error = refusal(mails.send, mail())

    assert (error.reason, error.permanent, error.gone) == (reason, permanent, gone)


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_slow_server_is_cut_off(fault: str, room: Mailroom) -> None:
    room.answers["DATA"] = [fault]
    began = time.monotonic()

    error = refusal(transport(ImpatientSmtp, **room.settings()).send, mail())

    assert (error.reason, error.permanent) == ("timeout", False)
    assert time.monotonic() - began < 30  # the stand-in goes on for a minute


def test_nobody_there_is_a_passing_fault(room: Mailroom) -> None:
    error = refusal(transport(smtp.EmailSmtp, **room.settings() | {"SMTP_PORT": "1"}).send, mail())

    assert (error.reason, error.permanent) == ("connection", False)


def test_it_logs_in(room: Mailroom) -> None:
    login = {"SMTP_USER": "trustweb", "SMTP_PASSWORD": "right"}

    transport(smtp.EmailSmtp, **room.settings() | login).send(mail())

    assert room.logins == [("trustweb", "right")]
    assert len(room.mails) == 1


def test_a_wrong_password_is_final(room: Mailroom) -> None:
    login = {"SMTP_USER": "trustweb", "SMTP_PASSWORD": "wrong"}

    error = refusal(transport(smtp.EmailSmtp, **room.settings() | login).send, mail())

    assert (error.reason, error.permanent) == ("credentials", True)
    assert room.mails == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SMTP_SECURITY": "ssl"}, "SMTP_SECURITY is tls, starttls or none"),
        ({"SMTP_HOST": "mail.example.com"}, "SMTP_SECURITY=none is for a mail server on this machine"),
        ({"SMTP_HOST": "mail.bad⒈example", "SMTP_SECURITY": "tls"}, "SMTP_HOST is a host"),
        ({"SMTP_PORT": "smtp"}, "SMTP_PORT is a port"),
        ({"SMTP_PORT": "0"}, "SMTP_PORT is a port"),
        ({"SMTP_USER": "trustweb"}, "SMTP_USER and SMTP_PASSWORD go together"),
        ({"MAIL_FROM": "Example"}, "MAIL_FROM is an address"),
        ({"MAIL_FROM": "a@bad⒈example"}, "MAIL_FROM is an address"),
        ({"MAIL_FROM": "a@b.example\nBcc: eve@example.com"}, "MAIL_FROM is an address"),
    ],
)
def test_wrong_settings_are_said_at_start(change: dict[str, str], said: str, room: Mailroom) -> None:
    with pytest.raises(ValueError, match=said):
        transport(smtp.EmailSmtp, **room.settings() | change).check()


def test_right_settings_are_taken(mails: Any) -> None:
    mails.check()


def test_it_carries_no_codes() -> None:
    assert smtp.EmailSmtp.carries == {"notice", "link"}
