"""Looking for a code in a text that holds random characters."""

from __future__ import annotations

import pytest

from tests.support.chance import says, without_links


@pytest.mark.parametrize("text", ["481516", "a 481516.", '{"code":"481516"}', "(481516,", "code=481516\n", "’481516’"])
def test_a_code_is_found_that_stands_by_itself(text: str) -> None:
    assert says(text, "481516")


@pytest.mark.parametrize("text", ["f481516a", "9481516", "09:00:00.481516", "1764531234.481516", "x_481516", "48151 6"])
def test_a_piece_of_something_random_is_no_code(text: str) -> None:
    assert not says(text, "481516")


def test_what_follows_a_link_is_still_looked_at() -> None:
    text = "Not you? Stop it: http://localhost:8000/not-me/5-9009009009 Call 900 now"

    assert without_links(text) == "Not you? Stop it:  Call 900 now"
