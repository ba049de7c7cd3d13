"""After whole sign-ins, at the chattiest log level: codes, passwords and tokens are nowhere that they could be read.

Six digits stand somewhere by chance, so a code counts as found when all three of one way are.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis as redis_client
from sqlalchemy import make_url

from tests.support.carrier import Carrier
from tests.support.crowd import add_number
from tests.support.http_client import Visitor
from tests.support.kit import FIXED, MOBILE
from tests.support.machine import require
from tests.support.services import Postgres, Redis
from tests.support.sign_in import wrong_code
from tests.support.site import Site
from tests.support.wires import Answer, Sockets

PASSWORDS = {"text": "lantern gravel seventeen", "call": "harbour violet thimble"}
NUMBERS = {"text": MOBILE, "call": FIXED}


@dataclass
class Told:
    """All that went to and came from the browser, and the secrets in people’s hands."""

    urls: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    codes: dict[str, list[str]] = field(default_factory=lambda: {"text": [], "call": []})
    secrets: set[str] = field(default_factory=lambda: set(PASSWORDS.values()))
    redis: list[str] = field(default_factory=list)


class Recorder(Sockets):
    def __init__(self, told: Told) -> None:
        super().__init__(verify=True)
        self.told = told

    def send(self, method: str, url: str, data: object, headers: object) -> Answer:
        answer = super().send(method, url, data, headers)  # type: ignore[arg-type]
        self.told.urls.append(url)
        self.told.headers.append(str(answer.headers))
        self.told.bodies.append(answer.body)
        if cookie := self.cookie("trustweb", ""):
            self.told.secrets |= {token for token in [session_token(cookie)] if token}
        if browser := self.cookie("trustweb-browser", ""):
            self.told.secrets.add(browser)
        return answer


def session_token(cookie: str) -> str | None:
    packed, text = cookie.startswith("."), cookie.removeprefix(".").partition(".")[0]
    body = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return json.loads(zlib.decompress(body) if packed else body).get("_user_id")


@pytest.fixture(scope="module", params=["demo", "many machines"])
def searched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Told, dict]]:
    """Whole stories by text and by call, and then every place where something of them may be left."""
    told, folder = Told(), tmp_path_factory.mktemp("nowhere") / "instance"
    settings = {"TRUSTWEB_LOG_LEVEL": "DEBUG", "TRUSTWEB_COUNTRIES": "GB", "TRUSTWEB_PROVED_SENDS": "100/60"}
    with ExitStack() as stack:
        carrier = None
        if request.param == "demo":
            settings["TRUSTWEB_DEMO"] = "1"
        else:
            carrier = stack.enter_context(Carrier())
            servers = request.getfixturevalue("postgres"), request.getfixturevalue("redis")
            settings |= carrier.settings | footing(*servers)
            listen(stack, settings["TRUSTWEB_QUEUE_URL"], told)
        site = stack.enter_context(Site(folder, settings, worker_processes=1 if carrier else 0))
        for method in NUMBERS:
            live(site, method, told, carrier)
        database = settings.get("TRUSTWEB_DATABASE_URL")
        places = files(folder) | {"logs": site.log(), "urls": "\n".join(told.urls), "redis": "\n".join(told.redis)}
        places |= {"headers": "\n".join(told.headers), "bodies": "\n".join(told.bodies)}
        yield told, places | ({"dump": dump(database)} if database else {})


def footing(postgres: Postgres, redis: Redis) -> dict[str, str]:
    return {
        "TRUSTWEB_DATABASE_URL": postgres.new_database(),
        "TRUSTWEB_QUEUE_URL": redis.new_database(),
        "TRUSTWEB_WORKER": "0",
    }


def listen(stack: ExitStack, url: str, told: Told) -> None:
    """Write down every command that Redis is given."""
    client = stack.enter_context(redis_client.Redis.from_url(url, socket_timeout=None))
    monitor = stack.enter_context(client.monitor())

    def hear() -> None:
        for command in monitor.listen():
            told.redis.append(command["command"])
            if command["command"] == "ECHO the end":
                return

    ear = threading.Thread(target=hear)
    ear.start()
    stack.callback(ear.join, 10)
    stack.callback(client.echo, "the end")


def live(site: Site, method: str, told: Told, carrier: Carrier | None) -> None:
    """Make an account, add a number, and sign in twice more, once with a mistake."""
    visitor, name, codes = Visitor(site.url), f"{method}@example.com", told.codes[method]
    visitor._wire = Recorder(told)
    link = site.cli("account", "invite", name).stdout.strip()
    told.secrets.add(link.rpartition("/")[2])
    (site.logs / "cli.log").unlink()  # where the operator was given the link
    visitor.get(urlsplit(link).path).submit("Continue", password=PASSWORDS[method])
    add_number(visitor, NUMBERS[method], method)
    codes.append(newest(site, method, carrier, 1))
    visitor.submit("Continue", verification_code=codes[-1])
    for nth in (2, 3):
        visitor.get("/security").submit("Sign out")
        visitor.get("/sign-in").submit("Sign In", account=name, password=PASSWORDS[method])
        codes.append(newest(site, method, carrier, nth))
        visitor.submit("Continue", verification_code=wrong_code(codes[-1])).submit(
            "Continue", verification_code="letters"
        )
        visitor.submit("Continue", verification_code=codes[-1])
        assert visitor.path == "/security", visitor.text


def newest(site: Site, method: str, carrier: Carrier | None, count: int) -> str:
    if carrier:
        return carrier.wait_for(NUMBERS[method], method, count)[-1].code
    end = time.monotonic() + 60
    while time.monotonic() < end:
        messages = [json.loads(path.read_text()) for path in sorted(site.folder.rglob("handset/*.json"))]
        texts = [each["text"] for each in messages if each["method"] == method]
        if len(texts) == count:
            digits = "".join(filter(str.isdigit, texts[-1]))
            return digits[:6]
        time.sleep(0.02)
    raise TimeoutError(f"no {method} came to the handset")


def files(folder: Path) -> dict[str, str]:
    """All files of the instance, the database and its log among them, without the demo's phones."""
    every = [path for path in folder.rglob("*") if path.is_file() and "handset" not in path.parts]
    return {str(path.relative_to(folder)): path.read_bytes().decode("latin-1") for path in every}


def dump(url: str) -> str:
    program, parts = require("initdb").resolve().with_name("pg_dump"), make_url(url)
    command = [program, "-h", str(parts.host), "-p", str(parts.port), "-U", str(parts.username), str(parts.database)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def spelled(code: str) -> set[str]:
    return {code, " ".join(code), ",".join(code), ", ".join(code), f"{code[:3]} {code[3:]}", f"{code[:3]}-{code[3:]}"}


@pytest.mark.parametrize("method", NUMBERS)
def test_the_code_is_nowhere(method: str, searched: tuple[Told, dict[str, str]]) -> None:
    told, places = searched
    codes = told.codes[method]

    assert len(set(codes)) == 3
    for place, text in places.items():
        found = [code for code in codes if any(form in text for form in spelled(code))]
        assert len(found) < 3, f"the codes are in {place}"


def test_passwords_and_tokens_are_in_no_log_and_no_database(searched: tuple[Told, dict[str, str]]) -> None:
    told, places = searched
    read_by_others = {name: text for name, text in places.items() if name not in ("urls", "headers", "bodies")}

    assert len(told.secrets) >= 2 + 2 + 2 + 6
    for place, text in read_by_others.items():
        assert not [secret for secret in told.secrets if secret in text], f"secrets are in {place}"


def test_the_places_hold_what_was_searched_for(searched: tuple[Told, dict[str, str]]) -> None:
    """A search of nothing finds nothing."""
    told, places = searched

    assert "POST" in places["logs"]
    assert "DEBUG" in places["logs"]
    assert "Verification Code" in places["bodies"]
    held = places.get("trustweb.db", "") + places.get("trustweb.db-wal", "") + places.get("dump", "")
    assert MOBILE in held
    if "dump" in places:
        assert any("PUSH" in command.upper() for command in told.redis)
