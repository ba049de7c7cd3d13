"""Fixtures of the services."""

from __future__ import annotations

import pytest

from tests.support.browser_door import client_of, let_in, site
from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, Kit
from trustweb.models import Account


@pytest.fixture
def account(kit: Kit) -> Account:
    """The account of Alice; photos and wiki are behind the browser door."""
    site(kit)
    site(kit, "wiki")
    return kit.account(numbers=(MOBILE,))


@pytest.fixture
def browser(kit: Kit, account: Account) -> Visitor:
    """Alice's browser, signed in."""
    return kit.signed_in()


@pytest.fixture
def cookie(kit: Kit, browser: Visitor) -> str:
    """The Cookie header that photos' host gets from it."""
    return let_in(kit, client_of(browser))
