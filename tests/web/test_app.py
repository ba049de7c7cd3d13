"""Addresses that the app knows without a request."""

from __future__ import annotations

import pytest
from flask import url_for

from tests.support.kit import Kit


@pytest.mark.parametrize("host", ["evil.example", "localhost:8000@evil.example", "a b", "..", "[::1"])
def test_no_address_is_made_of_what_a_request_says_its_host_is(kit: Kit, host: str) -> None:
    answer = kit.app.test_client().get("/sign-in", headers={"Host": host})

    assert answer.status_code in {308, 400}
    assert host not in answer.headers.get("Location", "")


def test_a_page_s_address_is_the_same_whatever_was_asked_before(kit: Kit) -> None:
    def address(**values: str | None) -> str:
        with kit.app.test_request_context("/sign-in", base_url=kit.core.config.origin):
            return url_for("sign_in.page", **values)

    assert address() == "/sign-in"
    assert address(said="reset") == "/sign-in?said=reset"
    assert address(said=None) == "/sign-in"
    assert address(_external=True) == f"{kit.core.config.origin}/sign-in"  # type: ignore[arg-type]
    assert address() == "/sign-in"
