"""The count of a wrong password outlives a power cut."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.kit import MOBILE, PASSWORD, Kit
from tests.support.sign_in import enter_password
from trustweb import engines


@pytest.mark.parametrize("password", ["not the password", PASSWORD])
def test_a_stranger_hears_no_outcome_before_the_count_is_on_the_disk(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    kit.account(numbers=(MOBILE,))
    waits: list[bool] = []
    begin = engines.begin

    def noting(connection: Any, *, durable: bool = True, **how: Any) -> None:
        waits.extend([durable] * how.get("to_write", False))
        begin(connection, durable=durable, **how)

    monkeypatch.setattr(engines, "begin", noting)
    enter_password(kit, password=password)

    assert waits == [False, True]
