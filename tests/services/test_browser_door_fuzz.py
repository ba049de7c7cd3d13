"""Ten thousand malformed cookies, tickets and headers at the browser door: nobody gets in, and nothing breaks."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest
from werkzeug.test import EnvironBuilder

from tests.support.browser_door import PHOTOS, begin, client_of, cookie_of, ticket
from tests.support.http_client import Visitor
from tests.support.kit import Kit

MANY = 10_000
PIECES = [
    "trustweb-photos=", "__Host-trustweb-photos=", "trustweb_state=", "trustweb-photos", "=", ";", "; ", ",", '"',
    "\\", "\t", " ", "\x7f", "\xff", "\xc3\xb6", "%00", "%0d%0a", "../", "A" * 43, "_" * 43, "x" * 5000, "{}", "'--",
    "ticket=", "to=", "&", "?", "#", "//", "@", "http://evil.example",
]  # fmt: skip
PATHS = ["/auth/browser/photos", "/auth/browser/", "/.trustweb/enter", "/.trustweb/start", "/.trustweb/", "/services/"]
HEADERS = [
    "Host",
    "X-Forwarded-Host",
    "X-Forwarded-For",
    "X-Original-URI",
    "Forwarded",
    "User-Agent",
    "Accept-Language",
]


def torn(text: str, chance: random.Random) -> str:
    """A right value with something cut out, doubled or put in."""
    at, to = sorted(chance.choices(range(len(text) + 1), k=2))
    return text[:at] + chance.choice(["", chance.choice(PIECES), text[at:to] * 2]) + text[to + 1 :]


def requests(right: list[str], there: str, chance: random.Random) -> Iterator[dict[str, object]]:
    """What is asked: the path, the query, the Cookie header and another header, each right or torn by chance."""
    for _ in range(MANY):
        made = "".join(chance.choices(PIECES, k=chance.randrange(6)))
        cookie = chance.choice([made, torn(chance.choice(right), chance)])
        query = chance.choice([made, torn(there.partition("?")[2], chance)])
        path = chance.choice([*PATHS, torn(chance.choice(PATHS), chance)])
        yield {"path": "/" + path.lstrip("/").partition("?")[0], "cookie": cookie, "query": query}


def status(kit: Kit, asked: dict[str, object], chance: random.Random) -> tuple[int, str]:
    builder = EnvironBuilder("/", base_url=PHOTOS, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    environ = builder.get_environ()
    header = chance.choice(HEADERS).upper().replace("-", "_")
    environ |= {"PATH_INFO": asked["path"], "QUERY_STRING": asked["query"], "HTTP_COOKIE": asked["cookie"]}
    if chance.random() < 0.3:
        environ[f"HTTP_{header}"] = "".join(chance.choices(PIECES, k=3))
    answered: list[tuple[int, str]] = []

    def start(line: str, headers: list[tuple[str, str]], *_error: object) -> None:
        answered.append((int(line.split()[0]), dict(headers).get("Location", "")))

    for part in kit.app(environ, start):  # type: ignore[arg-type]
        assert part is not None
    return answered[0]


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_ten_thousand_malformed_requests_open_nothing_and_break_nothing(
    kit: Kit, browser: Visitor, cookie: str
) -> None:
    chance = random.Random(15)
    there, state = ticket(client_of(browser)), cookie_of(begin(kit.app.test_client()))
    right = [cookie, state]

    answers = Counter(status(kit, each, chance) for each in requests(right, there, chance))

    assert {code for code, _ in answers} <= {303, 308, 400, 401, 403, 404, 405, 410, 421, 429}
    assert sum(answers.values()) == MANY
