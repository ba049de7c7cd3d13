"""Fixtures of OpenID's plans."""

from __future__ import annotations

import pytest

from tests.support.conformance import Suite
from tests.support.kit import ALICE, MOBILE, Kit
from tests.support.relying_party import App, add_service


@pytest.fixture
def suite(kit: Kit) -> Suite:
    """The plan's first client, and a person who never was here with this browser."""
    add_service(kit, pkce="optional")  # the suite sends a challenge in one module only
    kit.account(ALICE, numbers=(MOBILE,))
    return Suite(kit, App(), kit.visitor())
