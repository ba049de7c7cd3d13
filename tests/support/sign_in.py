"""Signing in through the pages: the password, the code, and wrong ones of both."""

from __future__ import annotations

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from trustweb.authentication import guesses
from trustweb.codes import limits
from trustweb.web.base.network import asks_from

WRONG_PASSWORD = "not the password"


def enter_password(
    kit: Kit, account: str = ALICE, *, password: str = PASSWORD, visitor: Visitor | None = None
) -> Visitor:
    """Send the sign-in form. A person with a second factor is at the next step then, and not signed in yet."""
    visitor = visitor or kit.visitor()
    return visitor.get("/sign-in").submit("Sign In", account=account, password=password)


def at_code_page(kit: Kit, *numbers: str) -> Visitor:
    """Make Alice, with a trusted number, and enter her password."""
    kit.account(numbers=numbers or (MOBILE,))
    return enter_password(kit)


def enter_code(visitor: Visitor, code: str) -> Visitor:
    return visitor.submit("/sign-in/code", verification_code=code)


def wrong_code(code: str) -> str:
    """Return six digits that are not this code."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def use_up_code(kit: Kit, visitor: Visitor, times: int = 5) -> None:
    """Enter wrong codes: five are all that one code allows."""
    if kit.messages(MOBILE):
        wrong = wrong_code(kit.code())
        for _ in range(times):
            visitor.post("/sign-in/code", code=wrong)


def visitor_from(kit: Kit, address: str) -> Visitor:
    """Return a browser with this IP address."""
    client = kit.app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return Visitor(client=client)


def set_session_cookie(visitor: Visitor, value: str | None) -> None:
    visitor._wire.client.set_cookie("trustweb", value or "", domain="localhost")  # type: ignore[union-attr]


def guess_passwords(kit: Kit, times: int, *, account: str = ALICE, near: str = "192.0.2.") -> None:
    """Count wrong passwords, each from another address. Without pages and without hashing, which takes long."""
    for at in range(times):
        network = asks_from(kit.core.keys, f"{near}{at}")
        with kit.core.database.writing() as work:
            tried = guesses.by_stranger(work, account, network)
        guesses.log_wrong(tried, network)
        guesses.count_for_name(kit.core.database, tried)


def use_up_network(kit: Kit) -> None:
    """Use up the wrong passwords that are allowed to the address that every visitor of a test has."""
    network, rates = asks_from(kit.core.keys, "127.0.0.1"), kit.core.config.wrong_passwords
    with kit.core.database.writing() as work:
        for _ in range(20):
            limits.take(work, *limits.of_network(guesses.STRANGERS, network, rates))
