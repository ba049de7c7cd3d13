"""``trustweb key rotate``: a new key that signs a day later, or at once."""

from __future__ import annotations

import pytest

from tests.support.kit import Kit
from tests.support.service_commands import done
from trustweb.services import signing_keys


@pytest.mark.parametrize(("option", "signs"), [((), False), (("--now",), True)])
def test_a_new_key_is_published_and_signs_later_or_at_once(kit_now: Kit, option: tuple[str, ...], signs: bool) -> None:
    database = kit_now.core.database
    before = signing_keys.current(database).kid

    text = done(kit_now, "key", "rotate", *option)
    kit_now.clock.forward(minutes=10)

    made = text.split()[2].rstrip(".")
    there = {each["kid"] for each in signing_keys.published(database)}
    assert there == ({made} if signs else {before, made})
    assert signing_keys.current(database).kid == (made if signs else before)
