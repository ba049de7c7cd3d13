"""The site’s name, whatever characters it has, in pages, headers, texts and mails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.apps import BEGIN, scan
from tests.support.authenticator import asked
from tests.support.kit import ALICE, MOBILE, Kit
from tests.support.mail_kit import link, mails
from tests.support.mail_server import mail_server
from tests.support.smtp import smtp
from tests.support.vonage_kit import transport
from trustweb import config
from trustweb.config import ConfigError

pytestmark = pytest.mark.slow

NAMES = [
    "Acme: Mail", "A/B?c=d&e#f%3A", "<script>alert(1)</script>", "\"'><b x='", "{{ 7*7 }} {% raw %}",
    "%(site)s 100 % %s", "=?utf-8?q?x=0D=0ABcc:_eve=40example.com?=", "سایت نام", "☕ Ⅷ ﬁ",
    "@evil.example #123456", "x " * 200 + "x",
]  # fmt: skip


@pytest.fixture(params=NAMES, ids=lambda name: ascii(name)[:20])
def site(request: pytest.FixtureRequest, make_kit: Callable[..., Kit]) -> Kit:
    kit = make_kit(TRUSTWEB_SITE_NAME=request.param)
    kit.account(numbers=(MOBILE,))
    return kit


def name_of(kit: Kit) -> str:
    return kit.core.config.site_name


def test_pages_say_it_as_it_is(site: Kit) -> None:
    visitor = site.visitor().get("/sign-in")

    assert visitor.page.title == f"Sign In · {name_of(site)}"
    assert f" {name_of(site)} " in visitor.text


def test_a_text_says_it_and_ends_with_what_the_phone_reads(site: Kit) -> None:
    site.signed_in()

    text = site.messages(MOBILE)[0]
    assert text.text.splitlines()[0] == (
        f"{text.code} is your {name_of(site)} verification code. Nobody from {name_of(site)} will ever ask you for it."
    )
    assert text.text.splitlines()[1:] == ["", f"@localhost #{text.code}"]


def test_a_mail_is_one_mail_to_one_mailbox(site: Kit) -> None:
    site.signed_in().get("/account").submit("Send me a link")
    message = mails(site, ALICE)[-1]

    with mail_server() as room:
        transport(smtp.EmailSmtp, **room.settings()).send(message)
    (got,) = room.mails

    assert (room.envelopes[0].rcpt_tos, got["Bcc"], got["From"].count("@")) == ([ALICE], None, 1)
    assert name_of(site) in message.subject
    assert link(site, ALICE)


def test_a_passkey_and_an_app_are_told_it(site: Kit) -> None:
    visitor = site.signed_in()

    named: Any = asked(visitor.get("/security/passkeys/add"))["rp"]["name"]
    assert named == name_of(site)
    assert scan(visitor.get("/security/apps").submit(BEGIN)).account == ALICE


def test_a_person_is_told_what_the_app_calls_it(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_SITE_NAME="Acme: Mail")
    kit.account()
    visitor = kit.signed_in().get("/security/apps").submit(BEGIN)

    app = scan(visitor)
    visitor.submit("verify-app", code=app.at(kit.clock.now))

    elsewhere = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password="correct horse battery")
    assert f"look for {app.issuer}. " in elsewhere.text


CLEANED = {
    " Acme  Mail ": "Acme Mail", "Acme\r\nBcc: eve@example.com": "Acme Bcc: eve@example.com", "Ac\udcffme": "Acme",
    "A\u2028B\u2029C\x0bD": "A B C D", "\u202eAcme\u202c\u200b\ufeff\x00": "Acme", "Cafe\u0301": "Café",
    "نام\u200cها": "نام\u200cها",
}  # fmt: skip


@pytest.mark.parametrize(("written", "name"), CLEANED.items(), ids=map(ascii, CLEANED))
def test_what_cannot_be_seen_is_not_in_it(tmp_path: Path, written: str, name: str) -> None:
    environ = {"TRUSTWEB_INSTANCE": str(tmp_path), "TRUSTWEB_SITE_NAME": written}

    assert config.load(environ).site_name == name


@pytest.mark.parametrize("written", ["\u200b", "\n", "\u200d", "\x00\ufeff"], ids=ascii)
def test_a_site_whose_name_nobody_sees_does_not_start(tmp_path: Path, written: str) -> None:
    environ = {"TRUSTWEB_INSTANCE": str(tmp_path), "TRUSTWEB_SITE_NAME": written}

    with pytest.raises(ConfigError, match=r"^TRUSTWEB_SITE_NAME cannot be read as a line that can be seen: '.*'\.$"):
        config.load(environ)
