"""Addresses that are not all ASCII in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.person import Person
from tests.support.registration import registers
from tests.support.site import Site
from tests.support.story import PASSWORD


@pytest.fixture
def person(site: Site, chromium: Browser) -> Iterator[Person]:
    person = Person(chromium, site.url)
    yield person
    assert not person.errors
    person.leaves()


def signs_in(person: Person, name: str, *, as_an_email_field: bool = False) -> None:
    person.context.clear_cookies()
    person.opens("/sign-in")
    if as_an_email_field:  # as another site's form, or a program, may send it: in punycode
        person.field("Account").evaluate("field => field.type = 'email'")
    person.fills(Account=name, Password=PASSWORD)
    person.presses("Sign In")
    expect(person.page).to_have_url(re.compile("/security/two-factor$"))


# Chromium's own e-mail fields make strasse.example of straße.example, and take no jörg.
@pytest.mark.parametrize(
    "name", ["anna@bücher.example", "anna@straße.example", "jörg@example.com", "ａ＠bücher。example"]
)
def test_an_account_is_made_and_signed_in_to(person: Person, name: str) -> None:
    read = name.replace("ａ＠", "a@").replace("。", ".")
    registers(person, name, mailbox=read)
    person.opens("/account")
    person.sees(f"{read} was confirmed on")

    signs_in(person, name)


def test_the_spelling_of_an_email_field_is_the_same_person(person: Person) -> None:
    name = "ben@bücher.example"
    registers(person, name)

    signs_in(person, name, as_an_email_field=True)
