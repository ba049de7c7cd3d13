"""A secret word from its first page to its last, in a copy of the project that has the toy kind."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit


@pytest.fixture
def owner(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in()
    return owner.get("/security/secret-words/add").submit("Add the word", word="xyzzy", label="From the cave")


def half_way(kit: Kit) -> Visitor:
    kit.clock.forward(minutes=6)
    return kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)


def sign_in(kit: Kit, word: str) -> Visitor:
    visitor = half_way(kit)
    return visitor.submit("Use a secret word").submit("Continue", typed=word)


def test_it_is_added_told_and_in_the_journal(kit: Kit, owner: Visitor) -> None:
    assert "The word is added." in owner.text
    assert "From the cave" in owner.get("/security").text
    assert "Secret word added" in owner.get("/security/activity").text

    kit.deliver()
    assert "A secret word was added." in kit.messages(MOBILE)[-1].text


def test_it_signs_in_and_a_wrong_one_is_counted(kit: Kit, owner: Visitor) -> None:
    assert sign_in(kit, "plugh").path != "/security"
    assert sign_in(kit, "xyzzy").path == "/security"


def test_removed_it_opens_nothing_and_can_be_put_back(kit: Kit, owner: Visitor) -> None:
    owner.get("/security/secret-words").submit("Remove From the cave").submit("Remove")
    assert "The word is removed." in owner.text
    assert "Use a secret word" not in half_way(kit).text

    kit.clock.forward(minutes=1)
    owner.get("/security/secret-words").submit("Put back From the cave")
    assert "The word is back." in owner.text
    assert sign_in(kit, "xyzzy").path == "/security"


def test_the_lock_out_check_knows_it(owner: Visitor) -> None:
    page = owner.get("/security/lose").body
    word, number = re.findall(r'name="lost" value="([^"]+)"', page)[-2:]

    assert "one of these: From the cave" in owner.get(f"/security/lose?lost={number}").text
    assert "You would be locked out." in owner.get(f"/security/lose?lost={number}&lost={word}").text


def test_it_is_among_what_a_person_takes_away(owner: Visitor) -> None:
    owner.get("/account").submit("Download my data").submit("Download")

    (word,) = json.loads(owner.body)["secret_words"]
    assert (word["label"], word["letters"]) == ("From the cave", 5)
    assert "word_hash" not in word
