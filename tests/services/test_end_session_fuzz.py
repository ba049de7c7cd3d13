"""Hints that nobody issued: however a token is bent, it is no reason to sign out, and none to fall over."""

from __future__ import annotations

import base64
import itertools
import json
import random

import pytest

from tests.support.kit import Kit
from tests.support.logout_requests import BACK, here, id_token, photos
from trustweb.services import logout_requests
from trustweb.services.logout_requests import SignOut

HEADS = [
    {}, [], None, 1, "x", {"alg": 1}, {"alg": None}, {"alg": "none"}, {"alg": "HS256"}, {"alg": "RS256", "kid": 1},
    {"alg": "RS256", "kid": ["x"]}, {"alg": "RS256", "crit": ["x"]}, {"alg": "RS256", "b64": False},
    {"alg": "RS256", "jwk": {}}, {"alg": "RS256", "jku": "https://evil.example"}, {"alg": "RSA-OAEP", "enc": "A128GCM"},
]  # fmt: skip
BODIES = [b"", b"\xff", b"[]", b"1", b"null", b"{}"]
LETTERS = 'ABCabc012-_.=+/ \0é\ud800\n%"{}'
WHOLE = ["", ".", "..", "....", "a.b.c.d.e", "a" * 100_000, "." * 5_000]


def encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


@pytest.fixture
def hint(kit: Kit) -> str:
    account, service = kit.account(), photos(kit)
    kit.signed_in()
    return id_token(kit, service, here(kit, account.id, service))


def bent(hint: str, chance: random.Random) -> str:
    letters = list(hint)
    for _ in range(chance.randint(1, 6)):
        letters[chance.randrange(len(hint.rpartition(".")[0]))] = chance.choice(LETTERS)
    return "".join(letters)


def believed(kit: Kit, hints: list[str]) -> list[SignOut]:
    with kit.core.database.reading() as work:
        asked = [
            logout_requests.read(work, {"id_token_hint": each, "post_logout_redirect_uri": BACK}) for each in hints
        ]
    return [each for each in asked if each.claims or each.target]


def test_a_hint_with_other_letters_is_none(kit: Kit, hint: str) -> None:
    chance = random.Random(1)  # the same ones each time
    others = [bent(hint, chance) for _ in range(5_000)]

    assert len(believed(kit, [hint])) == 1
    assert believed(kit, [each for each in others if each != hint]) == []


def test_a_hint_of_other_parts_is_none(kit: Kit, hint: str) -> None:
    heads = [encode(json.dumps(each).encode()) for each in HEADS]
    bodies = [hint.split(".")[1], *map(encode, BODIES)]
    signatures = [hint.split(".")[2], "", "!!", "a"]

    assert believed(kit, [".".join(each) for each in itertools.product(heads, bodies, signatures)] + WHOLE) == []
