"""Fixtures of the tests of recovery."""

from __future__ import annotations

import pytest

from tests.support.kit import MOBILE, Kit
from tests.support.mail_kit import proved
from trustweb.models import Account


@pytest.fixture
def alice(kit: Kit) -> Account:
    """Somebody with a phone and a mailbox, who signed in long enough ago."""
    account = kit.account(numbers=(MOBILE,))
    proved(kit, account)
    kit.clock.forward(minutes=11)
    return account
