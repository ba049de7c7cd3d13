"""Addresses that the mail server cannot reach: the page says so before it promises a mail, and alike for everybody."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, Kit
from tests.support.mail_kit import ask_change, mails, proved
from tests.support.mail_server import mail_server
from tests.support.password_reset import SEND_LINK, forgot_password
from tests.support.recovery import run_for
from tests.support.sign_in import enter_password
from tests.support.vonage_kit import plugin, refusal, transport
from trustweb import create_app
from trustweb.cli import main
from trustweb.models import Account, Limit, MailLink
from trustweb.transports import Message

pytestmark = pytest.mark.slow

smtp = plugin("email_smtp")
JOERG, PLAIN = "jörg@example.com", "joerg@bücher.example"
SAYS = (
    "Mails from this site cannot reach this address. Please use one that has only plain letters, a to z, before the @."
)


@pytest.fixture
def kit(make_kit: Callable[..., Kit]) -> Kit:
    """A site that everybody may join, whose mail server has no SMTPUTF8."""
    kit = make_kit(TRUSTWEB_REGISTRATION="open")
    kit.mails.plain_only = True
    return kit


def registers(kit: Kit, name: str) -> Visitor:
    return kit.visitor().get("/create-account").submit("Continue", e_mail_address=name)


def nothing_is_written(kit: Kit) -> bool:
    with kit.core.database.reading() as work:
        return not (work.db.query(MailLink).all() or work.db.query(Limit).filter(Limit.name.like("%links")).all())


@pytest.mark.parametrize("name", [JOERG, "JÖRG@EXAMPLE.com", "jo\u0308rg＠example．com"])
def test_whoever_registers_is_told_and_nothing_is_sent(kit: Kit, name: str) -> None:
    visitor = registers(kit, name)

    assert (visitor.status, visitor.value("E-mail Address")) == (422, name)
    assert SAYS in visitor.text
    assert nothing_is_written(kit)


def test_whether_there_is_an_account_is_not_to_be_learnt(kit: Kit) -> None:
    proved(kit, kit.account(JOERG, numbers=(MOBILE,)))
    other = JOERG.replace("ö", "ü")

    known, unknown = registers(kit, JOERG), registers(kit, other)
    assert known.text == unknown.text.replace(other, JOERG)
    known, unknown = forgot_password(kit, JOERG).submit(SEND_LINK), forgot_password(kit, other).submit(SEND_LINK)
    assert (known.status, known.text) == (422, unknown.text.replace(other, JOERG))
    assert SAYS in known.text
    assert nothing_is_written(kit)


def test_whoever_changes_or_confirms_an_address_is_told(kit: Kit) -> None:
    kit.account(JOERG, numbers=(MOBILE,))
    visitor = kit.signed_in(JOERG)

    assert SAYS in visitor.get("/account").submit("Send me a link").text
    assert SAYS in ask_change(visitor, "jörg@example.org").text
    assert nothing_is_written(kit)


def test_whoever_recovers_an_account_is_told_before_the_wait(kit: Kit) -> None:
    proved(kit, account := kit.account(numbers=(MOBILE,)))
    visitor = enter_password(kit).get("/sign-in/recovery")
    rename(kit, account)

    assert SAYS in visitor.submit("Start the wait").text


def test_and_at_its_end(kit: Kit) -> None:
    proved(kit, account := kit.account(numbers=(MOBILE,)))
    enter_password(kit).get("/sign-in/recovery").submit("Start the wait")
    run_for(kit, 72)
    visitor = enter_password(kit).get("/sign-in/recovery")
    rename(kit, account)

    assert SAYS in visitor.submit("Send me the link").text


def rename(kit: Kit, account: Account) -> None:
    with kit.core.database.writing() as work:
        work.db.query(Account).filter_by(id=account.id).update({"name": JOERG})


@pytest.mark.parametrize("name", [PLAIN, "ｊｏｅｒｇ@example.com", "joerg@xn--bcher-kva.example"])
def test_a_domain_beyond_ascii_and_wide_letters_are_reached(kit: Kit, name: str) -> None:
    assert "Look in your mailbox" in registers(kit, name).text


def test_where_it_is_not_known_mails_are_sent(kit: Kit) -> None:
    kit.mails.plain_only = False

    assert "Look in your mailbox" in registers(kit, JOERG).text
    assert len(mails(kit, JOERG)) == 1


def test_the_account_works_all_the_same(kit: Kit) -> None:
    kit.account(JOERG, numbers=(MOBILE,))

    assert kit.signed_in(JOERG).path == "/security"


def mail(to: str) -> Message:
    return Message("link", to, "Hello", None, "de", datetime.now(UTC) + timedelta(hours=1), "link-7-1", "Hello")


@pytest.mark.parametrize("smtputf8", [True, False])
def test_the_server_is_asked_at_start(smtputf8: bool) -> None:
    with mail_server(smtputf8=smtputf8) as room:
        mails = transport(smtp.EmailSmtp, **room.settings())
        mails.check_destination(JOERG)  # not known yet
        mails.check()

    assert room.envelopes == []
    assert reached(mails, JOERG) is smtputf8
    assert reached(mails, PLAIN)


def reached(mails: Any, address: str) -> bool:
    try:
        mails.check_destination(address)
    except ValueError:
        return False
    return True


def test_each_mail_says_it_anew() -> None:
    with mail_server() as plain, mail_server(smtputf8=True) as other:
        mails = transport(smtp.EmailSmtp, **plain.settings())
        assert refusal(mails.send, mail(JOERG)).reason == "not-supported"
        assert not reached(mails, JOERG)

        mails.context.settings["SMTP_PORT"] = str(other.port)  # it was brought up to date
        mails.send(mail(PLAIN))
        assert reached(mails, JOERG)
        mails.send(mail(JOERG))
    assert other.envelopes[-1].rcpt_tos == [JOERG]


@pytest.mark.parametrize("security", ["none", "tls"])
def test_a_server_that_is_away_keeps_no_site_from_starting(security: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mails = transport(smtp.EmailSmtp, **settings(silent.getsockname()[1], security))
        began = time.monotonic()
        mails.check()
        assert time.monotonic() - began < 4
    away = transport(smtp.EmailSmtp, **settings(1, security))
    away.check()

    assert reached(mails, JOERG)
    assert reached(away, JOERG)


def settings(port: int, security: str) -> dict[str, str]:
    return {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port), "SMTP_SECURITY": security, "SMTP_USER": "",
            "SMTP_PASSWORD": "", "MAIL_FROM": "no-reply@example.com"}  # fmt: skip


def test_a_site_with_such_a_server_says_so(tmp_path: Path) -> None:
    with mail_server() as room:
        environ = {"TRUSTWEB_INSTANCE": str(tmp_path), "TRUSTWEB_REGISTRATION": "open", "TRUSTWEB_WORKER": "0"}
        environ |= room.settings() | {"VONAGE_API_KEY": "k", "VONAGE_API_SECRET": "s", "VONAGE_FROM": "Example"}
        assert run(environ, "db", "upgrade").exit_code == 0
        visitor = Visitor(client=create_app(environ).test_client()).get("/create-account")

        assert SAYS in visitor.submit("Continue", e_mail_address=JOERG).text
        assert "Look in your mailbox" in visitor.submit("Continue", e_mail_address=PLAIN).text


@pytest.mark.parametrize(("smtputf8", "name", "said"), [(False, JOERG, 1), (True, JOERG, 0), (False, PLAIN, 0)])
def test_the_command_line_says_it_and_goes_on(tmp_path: Path, smtputf8: bool, name: str, said: int) -> None:
    with mail_server(smtputf8=smtputf8) as room:
        environ = {"TRUSTWEB_INSTANCE": str(tmp_path)} | room.settings()
        run(environ, "db", "upgrade")

        result = run(environ, "account", "invite", name)

    assert result.stdout.startswith("http://localhost:8000/invitation/")
    assert result.stderr.count(f"takes no addresses like {JOERG}: no mail will reach it.") == said


def test_nor_does_it_need_a_mail_server(tmp_path: Path) -> None:
    environ = {"TRUSTWEB_INSTANCE": str(tmp_path), "VONAGE_API_KEY": "its secret is elsewhere"}
    run(environ, "db", "upgrade")

    assert run(environ, "account", "invite", JOERG).stderr == ""


def run(environ: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environ)
