"""Passkeys that Chromium's authenticator calls synced: their count may fall, and how they are reached is remembered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.virtual_authenticator import PasskeyOwner, VirtualAuthenticator


def becomes(owner: PasskeyOwner, **state: bool) -> None:
    """Change what the authenticator says of its passkeys from now on."""
    for each in owner.keys.all():
        which = {"authenticatorId": owner.keys.id, "credentialId": each["credentialId"]}
        owner.keys.cdp.send("WebAuthn.setCredentialProperties", which | state)


@pytest.fixture
def synced(owner: PasskeyOwner) -> PasskeyOwner:
    """Somebody whose passkey was added anew, by an authenticator that syncs."""
    owner.keys.cdp.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": owner.keys.id})
    owner.keys = VirtualAuthenticator(owner, defaultBackupEligibility=True, defaultBackupState=True)
    owner.adds()
    return owner


def offered(owner: PasskeyOwner) -> list[dict[str, Any]]:
    asked = owner.page.locator("[data-passkey]").get_attribute("data-passkey")
    return list(json.loads(asked or "")["allowCredentials"])


def test_one_that_is_synced_may_count_anew(synced: PasskeyOwner) -> None:
    synced.signs_out()
    synced.gives_the_password()
    synced.keys.rewind()

    synced.presses("Use a passkey")

    synced.sees("Trust this browser?")


def test_it_need_not_be_synced_any_more(synced: PasskeyOwner) -> None:
    becomes(synced, backupState=False)
    synced.signs_out()
    synced.gives_the_password()
    synced.keys.rewind()

    synced.presses("Use a passkey")

    synced.sees("Trust this browser?")


def test_the_browser_is_told_how_it_reached_it(owner: PasskeyOwner) -> None:
    owner.signs_out()
    owner.gives_the_password()

    assert [each["transports"] for each in offered(owner)] == [["internal"]]
