"""A real mail server asks Trustweb about app-specific passwords, as docs/services/mail.md sets it up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.support.clients.dovecot import Dovecot
from tests.support.crowd import Desk, desk_of
from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, PASSWORD
from tests.support.processes import free_port
from tests.support.programs import give
from tests.support.site import Site
from trustweb.factors import app_passwords

REFUSED = "[AUTHENTICATIONFAILED] Authentication failed."


@dataclass
class Post:
    desk: Desk
    dovecot: Dovecot
    secret: str
    calendar: str
    bobs: str


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    settings = {"TRUSTWEB_PLUGINS": "tests/support/plugins", "TRUSTWEB_WRONG_APP_PASSWORDS": "1000/300"}
    with ExitStack() as running:
        site = running.enter_context(Site(tmp_path_factory.mktemp("mail") / "instance", settings))
        dovecot = Dovecot(tmp_path_factory.mktemp("dovecot"), f"http://127.0.0.1:{site.port}")
        running.enter_context(dovecot.registered(site.url, "mail", "s3cret"))
        desk = running.enter_context(desk_of(site))
        alice, bob = desk.account(ALICE, numbers=(MOBILE,)), desk.account(BOB, numbers=(OTHER_MOBILE,))
        secret, calendar = give(desk, alice, handle="a" * 8), give(desk, alice, "calendar", handle="c" * 8)
        yield Post(desk, dovecot, secret, calendar, give(desk, bob, handle="b" * 8))


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
