"""Text pasted with a number adds no digit to it, and takes none away."""

from __future__ import annotations

import pytest

from trustweb.phone_numbers import NumberRefused, parse


@pytest.mark.parametrize(
    "text",
    [
        "030 1234567 (2)", "+49 30 1234567[1]", "030 1234567 （１２）", "030 1234567【3】", "030 12345-67/68",
        "030 123456/57", "030 123456 / -57", "030 123456／57", "030/123456/57", "030 1234567 & 68", "+4915123456789.0",
        "+4915123456789,,12", "+4915123456789,12", "+4915123456789, 1234", "030 1234567, 68",
    ],
)  # fmt: skip
def test_a_number_and_something_else_are_not_one_number(text: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        parse(text, "DE", "call")

    assert refused.value.reason == "several"


@pytest.mark.parametrize(
    "text",
    ["+49 30 12345⑥", "+49 30 12345⁶", "⑴ 030 123456", "030 12345½", "030 12345Ⅵ", "030 12345†6", "030 1234?56"],
)
def test_what_may_be_a_digit_is_not_dropped(text: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        parse(text, "DE", "call")

    assert refused.value.reason == "impossible"


@pytest.mark.parametrize(
    "text",
    ["030/1234567", "(030) 1234567", "030 / 123 45 67", "030.123.45.67", "(030/1234567)", "030 1234-567",
     "030 1234567†", "[030] 1234567", "030/123/45/67", "（０３０）１２３４５６７", "030·1234567", "030’123’45’67",
     "➕49 30 1234567",
     "＋49 30 1234567",
     "0️⃣3️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣"],
)  # fmt: skip
def test_every_way_to_group_the_digits_is_one_number(text: str) -> None:
    assert parse(text, "DE", "call").number == "+49301234567"


@pytest.mark.parametrize(
    ("text", "region"),
    [("(0xx11) 98765-4321", "BR"), ("(0XX11) 98765-4321", "BR"), ("(0**11) 98765-4321", "BR"),
     ("0xx11 98765-4321", "BR"), ("0 XX 11 98765-4321", "BR"), ("+55 (0xx11) 98765-4321", "DE")],
)  # fmt: skip
def test_the_room_for_a_brazilian_carrier_is_no_digit(text: str, region: str) -> None:
    assert parse(text, region, "text").number == "+5511987654321"


@pytest.mark.parametrize(
    ("text", "region"), [("0xx151 2345678", "DE"), ("11 98765-43xx", "BR"), ("+49 (0xx) 151", "BR")]
)
def test_digits_that_are_hidden_elsewhere_are_letters(text: str, region: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        parse(text, region)

    assert refused.value.reason in {"letters", "extension"}


@pytest.mark.parametrize(("text", "region"), [("98765-4321", "BR"), ("+55 98765-4321", "BR")])
def test_an_area_code_that_is_missing_is_not_only_unusual(text: str, region: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        parse(text, region, "text")

    assert refused.value.reason == "too_short"
