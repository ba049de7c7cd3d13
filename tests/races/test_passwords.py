"""Many passwords at once are compared one after the other, within the limits."""

from __future__ import annotations

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.kit import ALICE, NETWORK, PASSWORD, Kit
from trustweb.authentication import password_sign_in
from trustweb.authentication.held_sign_in import SignInHeld
from trustweb.authentication.passwords import Hasher
from trustweb.authentication.sign_in import Browser, WrongNameOrPassword
from trustweb.codes.limits import TooOften
from trustweb.work import NOWHERE


class CountingHasher(Hasher):
    compared = 0
    counting = threading.Lock()

    def verify(self, stored: str | None, password: str, *, known_browser: bool) -> bool:
        with self.counting:
            self.compared += 1
        return password == PASSWORD


def outcome(kit: Kit, hasher: Hasher, password: str) -> str:
    database, browser = kit.core.database, Browser(secrets.token_urlsafe(), "")
    try:
        password_sign_in.with_password(
            database, hasher, name=ALICE, password=password, network=NETWORK, browser=browser, origin=NOWHERE
        )
    except (WrongNameOrPassword, TooOften, SignInHeld) as refused:
        return type(refused).__name__
    return "in"


@pytest.mark.parametrize("right_at", [0, 30, 63])
def test_of_64_at_once_twenty_are_compared(racing: Kit, right_at: int) -> None:
    racing.account()
    hasher = CountingHasher(racing.core.config)
    passwords = ["not the password"] * 64
    passwords[right_at] = PASSWORD

    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(lambda each: outcome(racing, hasher, each), passwords))

    assert hasher.compared <= 21
    assert said.count("TooOften") >= 43
    assert said.count("in") <= 1


def test_many_right_ones_at_once_do_not_wait(racing: Kit) -> None:
    racing.account()
    hasher = CountingHasher(racing.core.config)

    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(lambda _: outcome(racing, hasher, PASSWORD), range(16)))

    assert said == ["in"] * 16
