"""German on the page, in a text and in a call."""

from __future__ import annotations

import re

import pytest

from tests.support.accounts import make_german
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, FIXED, MOBILE, PASSWORD, Kit


@pytest.fixture
def german(kit: Kit) -> Visitor:
    return Visitor(client=kit.app.test_client(), headers={"Accept-Language": "de-AT,de;q=0.8,en;q=0.5"})


def test_a_german_browser_sees_the_sign_in_page_in_german(german: Visitor) -> None:
    german.get("/sign-in")

    assert '<html lang="de">' in german.body
    assert german.title.startswith("Anmelden")
    assert "Konto" in german.text
    assert german.buttons == ["Anmelden"]


def test_a_german_browser_is_refused_in_german(kit: Kit, german: Visitor) -> None:
    kit.account(numbers=(MOBILE,))

    german.get("/sign-in").submit("Anmelden", konto=ALICE, passwort="wrong")

    assert "Das Konto oder das Passwort ist nicht richtig." in german.text


def test_the_account_speaks_german_whatever_the_browser_asks_for(kit: Kit) -> None:
    make_german(kit, kit.account(numbers=(MOBILE,)))
    english = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    english.submit("Weiter", bestätigungscode="not a code")
    assert "Ein Code hat sechs Ziffern." in english.text
    english.submit("Weiter", bestätigungscode=kit.code())

    assert english.title.startswith("Sicherheit")
    assert "Vertrauenswürdige Telefonnummern" in english.text
    assert "zuletzt verwendet am 12. März 2026" in english.text


def test_one_try_and_several_are_said_apart(kit: Kit) -> None:
    make_german(kit, kit.account(numbers=(MOBILE,)))
    visitor = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)
    wrong = "111111" if kit.code() != "111111" else "222222"
    said = []

    for _ in range(4):
        visitor.submit("Weiter", bestätigungscode=wrong)
        said += re.findall(r"noch (\d Versuche?)\b", visitor.text)

    assert said == ["4 Versuche", "3 Versuche", "2 Versuche", "1 Versuch"]


def test_a_german_account_gets_its_text_in_german(kit: Kit) -> None:
    make_german(kit, kit.account(numbers=(MOBILE,)))
    kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    message = kit.messages(MOBILE)[-1]

    assert message.language == "de"
    assert message.text.startswith(f"{message.code} ist Ihr Bestätigungscode für Trustweb.")
    assert message.text.endswith(f"\n\n@localhost #{message.code}")


def test_a_german_account_is_called_in_german_and_hears_digits(kit: Kit) -> None:
    make_german(kit, kit.account(numbers=(FIXED,)))
    kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    message = kit.messages(FIXED)[-1]
    lines = [line for line in message.text.splitlines() if line]

    assert (message.language, len(lines)) == ("de", 5)
    assert lines[0] == "Hallo. Hier ist Trustweb mit Ihrem Bestätigungscode."
    assert lines[1] == f"Ihr Code lautet: {', '.join(message.code)}."
    assert message.text.count(", ".join(message.code)) == 3
    assert lines[-1].endswith("Auf Wiederhören.")


@pytest.mark.parametrize(("settings", "named"), [({"TRUSTWEB_DEMO": "1"}, "die Demo-Telefone"), ({}, "Recorded Texts")])
def test_a_transport_is_named_in_german_where_it_says_how(settings: dict[str, str], named: str, make_kit) -> None:
    kit = make_kit(TRUSTWEB_TRANSPORTS="handset,recording_texts", **settings)
    make_german(kit, kit.account())

    page = kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)

    assert f"SMS {named}" in page.get("/security/numbers/add").text
