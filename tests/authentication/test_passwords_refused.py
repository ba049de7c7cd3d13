"""Passwords that are refused, and that every script, length and keyboard is accepted."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.accounts import accept_invitation, invitation_link
from tests.support.kit import ALICE, Kit


@pytest.fixture(scope="module")
def one_kit(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """A refused password changes nothing, so these tests share a site."""
    kit = Kit(template, tmp_path_factory.mktemp("passwords") / "instance")
    yield kit
    kit.core.database.close()


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("seven77", "A password has at least 8 characters."),
        ("password", "Many people use this password"),
        ("PASSWORD", "Many people use this password"),
        ("jennifer", "Many people use this password"),
        ("alice@example.com", "This password is made of your name"),
        ("alice1234", "This password is made of your name"),
        ("ExampleAlice", "This password is made of your name"),
        ("x" * 512 + "y" * 513, "A password has at most 1024 characters."),
    ],
)
def test_a_poor_password_is_refused_and_says_why(password: str, words: str, one_kit: Kit) -> None:
    visitor = accept_invitation(one_kit.visitor(), invitation_link(one_kit), password=password)

    assert visitor.status == 422
    assert words in visitor.text
    assert visitor.value("Account") == ALICE
    assert visitor.value("Password") == ""


def test_a_short_name_is_no_password(one_kit: Kit) -> None:
    visitor = accept_invitation(one_kit.visitor(), invitation_link(one_kit), "jo@ab.de", "jo@ab.de")

    assert visitor.status == 422
    assert "This password is made of your name" in visitor.text


def test_without_two_factor_a_password_has_fifteen_characters(make_kit) -> None:
    kit = make_kit(TRUSTWEB_TWO_FACTOR="optional")

    visitor = accept_invitation(kit.visitor(), invitation_link(kit), password="fourteen chars")

    assert "A password has at least 15 characters." in visitor.text


@pytest.mark.parametrize(
    "password",
    [
        "Zwölf Boxkämpfer",
        "пароль из слов",
        "密码密码密码密码一二",
        "🐎🔋📎🐎 horse",
        "128 " * 32 + "!",
        " spaces kept ",
    ],
)
def test_any_script_and_length_makes_a_password(password: str, kit: Kit) -> None:
    visitor = accept_invitation(kit.visitor(), invitation_link(kit), password=password)
    assert visitor.path == "/security/two-factor"

    visitor.submit("Sign out")
    visitor.get("/sign-in").submit("Sign In", account=ALICE, password=password)

    assert visitor.path == "/security/two-factor"


@pytest.mark.parametrize(("chosen", "typed"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_accents_are_the_same_on_every_keyboard(chosen: str, typed: str, kit: Kit) -> None:
    password = "Éléonore chérie"
    accept_invitation(kit.visitor(), invitation_link(kit), password=unicodedata.normalize(chosen, password))

    visitor = kit.visitor().get("/sign-in")
    visitor.submit("Sign In", account=ALICE, password=unicodedata.normalize(typed, password))

    assert visitor.path == "/security/two-factor"
