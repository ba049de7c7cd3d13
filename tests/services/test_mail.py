"""A real mail server asks Trustweb about app-specific passwords and tokens, as docs/services/mail.md sets it up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.browser_sites import sign_in
from tests.support.clients.dovecot import Dovecot
from tests.support.clients.openid_client import OpenidClient
from tests.support.crowd import Desk, desk_of
from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, PASSWORD
from tests.support.processes import free_port
from tests.support.programs import give
from tests.support.site import Site
from trustweb import endings
from trustweb.factors import app_passwords
from trustweb.models import Account

REFUSED = "[AUTHENTICATIONFAILED] Authentication failed."


@dataclass
class Post:
    desk: Desk
    dovecot: Dovecot
    webmail: OpenidClient
    secret: str
    calendar: str
    bobs: str
    alice: Account

    def signed_in(self, app: OpenidClient) -> str:
        """Sign Alice in to an app, and return the access token that it has got."""
        surfer = sign_in(self.desk.database, self.alice.id)
        surfer.open(app.sign_in)
        return str(app.act("/access-token", surfer.jar["localhost"][app.COOKIE])["token"])


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    settings = {"TRUSTWEB_PLUGINS": "tests/support/plugins", "TRUSTWEB_WRONG_APP_PASSWORDS": "1000/300"}
    with ExitStack() as running:
        site = running.enter_context(Site(tmp_path_factory.mktemp("mail") / "instance", settings))
        dovecot = Dovecot(tmp_path_factory.mktemp("dovecot"), f"http://127.0.0.1:{site.port}")
        webmail = OpenidClient(tmp_path_factory.mktemp("webmail"))
        running.enter_context(dovecot.with_webmail(site, webmail))
        running.enter_context(webmail)
        desk = running.enter_context(desk_of(site))
        alice, bob = desk.account(ALICE, numbers=(MOBILE,)), desk.account(BOB, numbers=(OTHER_MOBILE,))
        secret, calendar = give(desk, alice, handle="a" * 8), give(desk, alice, "calendar", handle="c" * 8)
        yield Post(desk, dovecot, webmail, secret, calendar, give(desk, bob, handle="b" * 8), alice)


def test_a_mail_program_gets_in_with_an_app_password(post: Post) -> None:
    assert post.dovecot.log_in(ALICE, post.secret) == "OK"


def test_a_mailbox_is_named_as_the_account_is(post: Post) -> None:
    assert post.dovecot.log_in(ALICE.upper(), post.secret) == "OK"

    assert ALICE in {each.name for each in (post.dovecot.folder / "mail").iterdir()}


@pytest.mark.parametrize(
    "wrong",
    [lambda _: "twap" + "0" * 28, lambda _: PASSWORD, lambda post: post.calendar, lambda post: post.bobs],
    ids=["unknown", "the account's", "another service's", "another account's"],
)
def test_with_anything_else_no_mailbox_opens(post: Post, wrong) -> None:
    assert post.dovecot.log_in(ALICE, wrong(post)) == REFUSED


def test_a_revoked_one_is_refused_at_the_next_sign_in(post: Post) -> None:
    account = post.desk.account("carol@example.com", numbers=(MOBILE,))
    secret = give(post.desk, account, handle="d" * 8)
    assert post.dovecot.log_in(account.name, secret) == "OK"

    with post.desk.database.writing(account.id) as work:
        app_passwords.revoke_all(work, account.id)

    assert post.dovecot.log_in(account.name, secret) == REFUSED


def test_while_trustweb_is_away_nobody_is_called_wrong(post: Post) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"

    with Dovecot(post.dovecot.folder, nowhere).registered(nowhere, "mail", "s3cret") as alone:
        said = alone.log_in(ALICE, post.secret)

    assert said.startswith("[UNAVAILABLE] Temporary authentication failure.")


def test_a_program_gets_in_with_a_token_of_an_app_that_the_account_is_signed_in_to(post: Post) -> None:
    token = post.signed_in(post.webmail)

    assert post.dovecot.log_in_with(token, ALICE) == "OK"
    assert post.dovecot.log_in_with(token, BOB) == REFUSED
    assert post.dovecot.log_in_with(f"{token[:-1]}x", ALICE) == REFUSED


def test_a_token_of_an_app_that_does_not_name_the_mail_server_opens_no_mailbox(post: Post, tmp_path: Path) -> None:
    with OpenidClient(tmp_path).added(post.desk.site) as photos:
        assert post.dovecot.log_in_with(post.signed_in(photos), ALICE) == REFUSED


def test_a_token_opens_nothing_once_the_person_has_signed_out(post: Post) -> None:
    token = post.signed_in(post.webmail)
    assert post.dovecot.log_in_with(token, ALICE) == "OK"

    with post.desk.database.writing(post.alice.id) as work:
        endings.end_all(work, post.alice.id)

    assert post.dovecot.log_in_with(token, ALICE) == REFUSED
