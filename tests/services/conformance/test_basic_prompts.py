"""OpenID's Basic OP plan: what the person is asked, how old a sign-in may be, and hints."""

from __future__ import annotations

import secrets

from tests.support.conformance import PROOF, SIGN_IN, Flow, Suite
from tests.support.kit import ALICE


def same(first: Flow, second: Flow) -> bool:
    """Return True if both came of one sign-in of one person."""
    known = ("sub", "auth_time")
    return all(first.claims[name] == second.claims[name] for name in known)


def test_oidcc_display_page(suite: Suite) -> None:
    assert suite.flow(display="page").claims["sub"]
    assert suite.passed == [SIGN_IN, PROOF]


def test_oidcc_display_popup(suite: Suite) -> None:
    # The page of old may come in a window of any width: it has one look for all.
    assert suite.flow(display="popup").claims["sub"]
    assert suite.passed == [SIGN_IN, PROOF]


def test_oidcc_prompt_login(suite: Suite) -> None:
    first = suite.flow()
    suite.kit.clock.forward(seconds=1)
    second = suite.flow(prompt="login")

    # Shown once more, with what the account asks for: here a code.
    assert suite.passed == [PROOF]
    assert second.claims["auth_time"] > first.claims["auth_time"]
    assert second.claims["sub"] == first.claims["sub"]


def test_oidcc_prompt_none_not_logged_in(suite: Suite) -> None:
    suite.app.state = state = secrets.token_hex(64)
    told = suite.back(suite.app.send(suite.browser, prompt="none", nonce="n-0"))

    assert (told["error"], told["state"], suite.passed) == ("login_required", state, [])
    assert told.keys() == {"error", "error_description", "state", "iss"}


def test_oidcc_prompt_none_logged_in(suite: Suite) -> None:
    first = suite.flow()
    suite.kit.clock.forward(seconds=1)
    second = suite.flow(prompt="none")

    assert suite.passed == []
    assert same(first, second)


def test_oidcc_max_age_1(suite: Suite) -> None:
    first = suite.flow()
    suite.kit.clock.forward(seconds=2)
    second = suite.flow(max_age="1")

    assert suite.passed == [PROOF]
    assert first.claims["auth_time"] < second.claims["auth_time"] == int(suite.kit.clock.now.timestamp())


def test_oidcc_max_age_10000(suite: Suite) -> None:
    first = suite.flow(max_age="15000")
    suite.kit.clock.forward(seconds=1)
    second = suite.flow(max_age="10000")

    assert suite.passed == []
    assert same(first, second)


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(suite: Suite) -> None:
    assert suite.flow(extra="foobar").claims["sub"]


def test_oidcc_id_token_hint(suite: Suite) -> None:
    first = suite.flow()
    suite.kit.clock.forward(seconds=1)
    second = suite.flow(prompt="none", id_token_hint=first.tokens["id_token"])

    assert suite.passed == []
    assert same(first, second)


def test_oidcc_login_hint(suite: Suite) -> None:
    answer = suite.ask(login_hint="buffy@localhost", nonce="n-0")

    assert suite.finish(answer, "n-0").claims["sub"]
    assert suite.app.send(suite.kit.visitor(), login_hint=ALICE).value("Account") == ALICE


def test_oidcc_ui_locales(suite: Suite) -> None:
    # No error. The page's language is the one that the person chose, or that their browser asks for.
    assert suite.flow(ui_locales="se de").claims["sub"]
    assert suite.passed == [SIGN_IN, PROOF]


def test_oidcc_ensure_request_with_acr_values_succeeds(suite: Suite) -> None:
    supported = suite.configuration["acr_values_supported"]

    assert suite.flow(acr_values=" ".join(supported)).claims["acr"] in supported
