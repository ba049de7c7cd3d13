"""Sites behind the browser door, the proxy that asks for them, and browsers on their way there."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient
from sqlalchemy import insert
from werkzeug.test import TestResponse

from tests.support.http_client import BROWSER, Visitor
from tests.support.kit import Kit
from trustweb.models import AccountGroup, Service

HERE = "http://localhost:8000"
PHOTOS = "http://photos.localhost:8000"
WIKI = "http://wiki.localhost:8000"


def site(kit: Kit, name: str = "photos", **values: Any) -> str:
    """Make a site behind the door; ``photos``, unless told. Returns its origin."""
    origin = values.setdefault("origin", f"http://{name}.localhost:8000")
    with kit.core.database.writing() as work:
        work.db.add(Service(name=name, created_at=work.now, **{"browser": True} | values))
    return str(origin)


def join(kit: Kit, account_id: int, *groups: str) -> None:
    """Put an account into groups."""
    with kit.core.database.writing() as work:
        for each in groups:
            work.execute(insert(AccountGroup), {"account_id": account_id, "name": each})


def client_of(visitor: Visitor) -> FlaskClient:
    return visitor._wire.client  # type: ignore[union-attr]


def go(client: FlaskClient, url: str, **options: Any) -> TestResponse:
    """Ask once, as a browser that opens a page; redirects are not followed."""
    parts = urlsplit(url)
    headers = {"User-Agent": BROWSER, "Sec-Fetch-Mode": "navigate"} | options.pop("headers", {})
    return client.open(
        parts.path, query_string=parts.query, base_url=f"{parts.scheme}://{parts.netloc}", headers=headers, **options
    )


class Way(NamedTuple):
    """The way of a browser into a site: the site's first answer, the account's last and the site's again."""

    start: TestResponse
    here: TestResponse
    enter: TestResponse

    @property
    def ticket(self) -> str:
        return self.here.headers["Location"]


def begin(client: FlaskClient, origin: str = PHOTOS, to: str = "/") -> TestResponse:
    return go(client, f"{origin}/.trustweb/start?to={to}")


def arrive(client: FlaskClient, url: str) -> TestResponse:
    """Follow the account's own redirects, and return its last answer: a page, or the way to a site."""
    for _ in range(6):
        answer = go(client, url)
        there = urljoin(HERE, answer.headers.get("Location", ""))
        if answer.status_code != 303 or not there.startswith(f"{HERE}/"):
            return answer
        url = there
    raise AssertionError(f"it goes round in a circle: {url}")


def ticket(client: FlaskClient, origin: str = PHOTOS, to: str = "/") -> str:
    """The address with a ticket to which the account's host sends somebody who may enter."""
    return arrive(client, begin(client, origin, to).headers["Location"]).headers["Location"]


def enter(client: FlaskClient, origin: str = PHOTOS, to: str = "/") -> Way:
    start = begin(client, origin, to)
    here = arrive(client, start.headers["Location"])
    return Way(start, here, go(client, here.headers["Location"]))


def cookie_of(answer: TestResponse) -> str:
    """The Cookie header that the answer's one Set-Cookie leads to."""
    (kept,) = answer.headers.getlist("Set-Cookie")
    return kept.partition(";")[0]


def ask(
    kit: Kit, cookie: str | None = None, service: str = "photos", *, peer: str = "127.0.0.1", **headers: str
) -> TestResponse:
    """Ask as a proxy does, with the Cookie header of the browser."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return kit.app.test_client(use_cookies=False).get(
        f"/auth/browser/{service}",
        base_url="http://trustweb.internal:8000",
        headers=named | ({} if cookie is None else {"Cookie": cookie}),
        environ_base={"REMOTE_ADDR": peer},
    )


def let_in(kit: Kit, client: FlaskClient, origin: str = PHOTOS) -> str:
    """Bring a signed-in browser into a site, and return the Cookie header that its host is sent."""
    return cookie_of(enter(client, origin).enter)
