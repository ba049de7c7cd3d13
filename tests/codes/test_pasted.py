"""Codes pasted with the whole message, with brackets, or with invisible characters."""

from __future__ import annotations

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from trustweb import config, one_time_code
from trustweb.delivery import messages
from trustweb.one_time_code import CodeUnreadable

CODE = "123456"
SITES = ["Acme", "7Eleven", "Shop 24", "Acme 999999", "123456789", "Bücher & Co. GmbH"]


def outcome(typed: str) -> str:
    """The code, or why there is none."""
    try:
        return one_time_code.read(typed)
    except CodeUnreadable as refused:
        return type(refused).__name__


@pytest.mark.parametrize(
    "typed",
    [
        "(123456)", "[123456]", "“123456”", "<123456>", "#123456", "123456.", "123\u2212456", "123456 123456",
        "Your code is 123456.", "Code: 123-456", "Your code: 123 456, thank you", "G-123456", "code=123456",
        "Your code is: 1, 2, 3, 4, 5, 6. Once more: 1, 2, 3, 4, 5, 6.", "123456 is good for 10 minutes, until 12:30.",
        "Ihr Code lautet\u2029123456", "您的验证码是123456。", "認証番号１２３４５６です", "رمز التحقق ١٢٣٤٥٦",
        "123456 from https://7.example/not-me/12-654321abcdef", "123456, or call +49 30 654321", "1800 or 123456",
        "123456 12:34", "12:34 123456", "123456 (2)", "[2] 123 456", "2026-11-30 123456", "30.11.2026 12:34:56 123-456",
        "11/30/2026 1 2 3 4 5 6", "12:34 56", "Code123456", "(Code123456).", "კოდი123456", "Код123456, thank you",
        "123ー456", "1\ufe0f\u20e323456", "Acme999999 says 123456",
    ],
)  # fmt: skip
def test_the_one_code_of_a_message_is_read(typed: str) -> None:
    assert outcome(typed) == CODE


@pytest.mark.parametrize(
    "typed",
    [
        "123456a", "é123456", "О123456", "+123456", "½23456", "Ⅷ23456", "call 1234567", "call 030 123 456",
        "123 456 7 is not six", "1, 2, 3, 4, 5, 6, 7 are seven", "12 345678", "Nothing here",
        "123456 7", "20261130 123456", "PIN 123 456 7", "PIN 1234567", "abc123456.example", "me@abc123456",
        "12:34 1234567", "https://abc123456", "Code123456a", "①23456", "123456⑦", "12:34 (123)",
    ],
)  # fmt: skip
def test_six_digits_of_something_longer_are_no_code(typed: str) -> None:
    assert outcome(typed) == "CodeUnreadable"


@pytest.mark.parametrize("typed", ["123456 or 654321", "123456 654321", "Code 123456. Code 654-321."])
def test_different_codes_are_not_chosen_from(typed: str) -> None:
    assert outcome(typed) == "SeveralCodes"


@pytest.mark.parametrize("language", messages.languages())
@pytest.mark.parametrize("origin", ["https://account.example.com", "https://konto123456.example:8443"])
@pytest.mark.parametrize("site", SITES)
def test_our_own_text_messages_are_read_whole(site: str, origin: str, language: str) -> None:
    settings = config.load({"TRUSTWEB_SITE_NAME": site, "TRUSTWEB_PUBLIC_URL": origin})
    text = messages.code_text(settings, method="text", purpose="sign_in", code="135790", language=language)

    assert outcome(text) == outcome(text.replace("\n", "")) == "135790"  # an input of one line drops the ends of lines


@pytest.mark.parametrize("language", messages.languages())
@pytest.mark.parametrize("purpose", ["sign_in", "add_number"])
def test_the_words_of_our_own_calls_are_read_whole(purpose: str, language: str) -> None:
    settings = config.load({"TRUSTWEB_SITE_NAME": "Bücher & Co. 24 GmbH"})
    text = messages.code_text(settings, method="call", purpose=purpose, code="135790", language=language)

    assert outcome(text) == "135790"
    assert len(text) < 500


def at_the_code(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)


def test_a_pasted_message_signs_in(kit: Kit) -> None:
    visitor = at_the_code(kit)
    message = kit.messages(MOBILE)[-1].text

    visitor.submit("/sign-in/code", verification_code=message)

    assert visitor.path == "/security"


def test_two_codes_are_asked_about_and_cost_no_try(kit: Kit) -> None:
    visitor = at_the_code(kit)

    visitor.submit("/sign-in/code", verification_code="123456 or 654321")
    assert "There is more than one code in this. Please type only the newest." in visitor.text

    visitor.submit("/sign-in/code", verification_code="Code " + "1" * 700)
    assert "Something here is too long. Please shorten it." in visitor.text
    assert visitor.submit("/sign-in/code", verification_code=kit.code()).path == "/security"
