"""Malformed requests of apps, on both databases: never let in, and never an error of ours."""

from __future__ import annotations

import random
from collections import Counter

from tests.support.kit import Kit
from tests.support.openid import EXCHANGE, App, alice, give_app, web

PATHS = ("/token", "/revoke", "/introspect", "/userinfo")
NASTY = ["", " ", "\0", "\x7f", "ö", "\ud7ff", "🗝", "%00", "%ff", "'", '"', "\\", "\r\n", "a" * 9000, "..", ":", "=",
         "&", "null", "true", "-1", "1e400", "{}", "[]", "Bearer", "Basic", "Basic Og==", "Bearer \t", "plain", "S256",
         "authorization_code", "refresh_token", "openid " * 200]  # fmt: skip
NAMES = ["grant_type", "code", "code_verifier", "redirect_uri", "client_id", "client_secret", "refresh_token", "scope",
         "token", "token_type_hint", "access_token", "client_assertion", "resource", "\0", "ö"]  # fmt: skip


def mangled(chance: random.Random, text: str) -> str:
    """A right value with something wrong in it; blanks around it alone would be nothing wrong."""
    at = chance.randrange(len(text) + 1)
    with_more = text[:at] + chance.choice(NASTY) + text[at:]
    made = chance.choice([chance.choice(NASTY), with_more, text[:at], text * 2]).replace("\r\n", "")
    return made if "".join(made.split()) != "".join(text.split()) else "wrong"


def malformed(chance: random.Random, app: App, token: str) -> tuple[dict[str, str], dict[str, str]]:
    """A form and headers, of which no part proves who asks."""
    right = EXCHANGE | app.own | {"token": token, "refresh_token": token, "code": "c" * 43}
    form = {name: right.get(name, "x") for name in chance.sample(NAMES, chance.randrange(len(NAMES)))}
    form |= {name: mangled(chance, form[name]) for name in form if chance.random() < 0.5}
    header = mangled(chance, f"Bearer {token}").encode().decode("latin-1")
    headers = {"Authorization": header} if chance.random() < 0.5 else {}
    return form | {"client_secret": mangled(chance, app.secret)}, headers


def test_what_is_malformed_is_refused_in_words(racing: Kit) -> None:
    app, chance, statuses = give_app(racing), random.Random(20261201), Counter[int]()
    token = app.tokens(alice(racing)[1])["access_token"]

    for _ in range(1500):
        form, headers = malformed(chance, app, token)
        answer = web(racing, chance.choice(PATHS), "POST", data=form, headers=headers)
        statuses[answer.status_code] += 1
        assert answer.is_json, (form, headers, answer.text)

    assert set(statuses) <= {400, 401, 429}
    assert statuses[400] > 100 < statuses[401]
