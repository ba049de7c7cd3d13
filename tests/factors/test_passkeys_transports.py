"""The transports of a passkey are kept and sent to the browser, so that it asks for the right authenticator."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.authenticator import Authenticator, add, asked
from tests.support.kit import MOBILE, Kit
from tests.support.sign_in import enter_password


def named(kit: Kit, said: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a new passkey’s entry in both challenges: to use one, and to add another one."""
    kit.account(numbers=(MOBILE,))
    visitor = kit.signed_in()
    add(visitor, Authenticator(transports=said))
    (allowed,) = asked(enter_password(kit))["allowCredentials"]
    (excluded,) = asked(visitor.get("/security/passkeys/add"))["excludeCredentials"]
    return allowed, excluded


@pytest.mark.parametrize("said", [["usb", "nfc"], ["hybrid", "internal"], ["ble", "smart-card"]], ids=str)
def test_what_the_browser_said_is_given_back(kit: Kit, said: list[str]) -> None:
    allowed, excluded = named(kit, said)

    assert (sorted(allowed["transports"]), excluded) == (sorted(said), allowed)


NOTHING_KNOWN = [None, [], "usb", {"usb": 1}, 7, ["", "x" * 4000, "usb nfc", None, {}, [], 7, "USB"]]


@pytest.mark.parametrize("said", NOTHING_KNOWN, ids=lambda said: type(said).__name__)
def test_what_is_none_is_left_out_and_costs_nobody_a_passkey(kit: Kit, said: Any) -> None:
    allowed, excluded = named(kit, said)

    assert set(allowed) == set(excluded) == {"type", "id"}


def test_what_is_known_is_kept_once_beside_what_is_not(kit: Kit) -> None:
    allowed, _ = named(kit, ["telepathy", "usb", "usb", "cable"] + ["internal"] * 400)

    assert allowed["transports"] == ["usb", "internal"]
