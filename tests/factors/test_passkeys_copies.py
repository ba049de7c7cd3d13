"""A copied passkey is found by its counter, and nobody else can make one look copied."""

from __future__ import annotations

import pytest

from tests.support import authenticator
from tests.support.authenticator import PASSKEY_COPIED, Authenticator, add, use
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.sign_in import enter_password


@pytest.fixture
def key(kit: Kit) -> Authenticator:
    kit.account(numbers=(MOBILE,))
    return add(kit.signed_in())


def test_a_copy_of_a_passkey_turns_it_off(kit: Kit, key: Authenticator) -> None:
    use(enter_password(kit), key)
    key.count -= 1

    thief = use(enter_password(kit), key)
    assert PASSKEY_COPIED in thief.text
    assert thief.path == "/sign-in/code/passkey"

    key.count += 5
    owner = use(kit.visitor().get("/sign-in"), key)
    assert PASSKEY_COPIED in owner.text
    assert "off, because it seems that somebody has a copy of it" in kit.signed_in().get("/security").text


def test_one_that_is_off_is_not_asked_for(kit: Kit, key: Authenticator) -> None:
    use(enter_password(kit), key)
    key.count -= 1
    use(enter_password(kit), key)

    visitor = enter_password(kit)

    assert not authenticator.asks(visitor)
    assert visitor.submit("Text me").submit("Continue", verification_code=kit.code()).path == "/security"


def test_one_that_is_off_is_good_again_in_a_browser_that_the_account_knows(kit: Kit, key: Authenticator) -> None:
    owner = use(enter_password(kit), key).submit("Sign out")
    key.count -= 1
    use(enter_password(kit), key)
    key.count += 5

    owner.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    assert use(owner, key).path == "/security"
    assert use(enter_password(kit), key).path == "/security"


def test_nobody_without_the_key_turns_it_off(kit: Kit, key: Authenticator) -> None:
    use(enter_password(kit), key)
    forger = Authenticator(id=key.id, user_handle=key.user_handle)

    use(enter_password(kit), forger)

    assert use(enter_password(kit), key).path == "/security"


def test_one_that_never_counts_is_no_copy(kit: Kit) -> None:
    kit.account(numbers=(MOBILE,))
    key = add(kit.signed_in(), Authenticator(counts=False))

    assert [use(enter_password(kit), key).path for _ in range(3)] == ["/security"] * 3
