"""The two ways of a visitor’s request: over sockets, or through Flask’s test client."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import Cookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import requests
from flask.testing import FlaskClient
from requests.cookies import RequestsCookieJar
from werkzeug.datastructures import Headers

Data = list[tuple[str, str]]


@dataclass
class Answer:
    status: int = 0
    headers: Mapping[str, str] | Headers = field(default_factory=dict)
    body: str = ""


class Jar(RequestsCookieJar):
    """Cookies that several tabs read while another one is given a new one."""

    def __iter__(self) -> Iterator[Cookie]:  # type: ignore[override]
        with self._cookies_lock:  # type: ignore[attr-defined]
            return iter(list(super().__iter__()))


class Sockets:
    def __init__(self, verify: bool | str | Path) -> None:
        self.verify = verify
        self.session = requests.Session()
        self.session.cookies = Jar()
        self.session.trust_env = False
        self.session.verify = str(verify) if isinstance(verify, Path) else verify

    def send(self, method: str, url: str, data: Data | None, headers: Mapping[str, str]) -> Answer:
        answer = self.session.request(method, url, data=data, headers=headers, allow_redirects=False, timeout=30)
        return Answer(answer.status_code, answer.headers, answer.content.decode(errors="replace"))

    def cookie(self, name: str, host: str) -> str | None:
        return next((cookie.value for cookie in self.session.cookies if cookie.name == name), None)

    def tab(self) -> "Sockets":
        # Connections of its own, so that tabs may be used from several threads; the cookies are shared.
        other = Sockets(self.verify)
        other.session.cookies = self.session.cookies
        return other


class InProcess:
    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def send(self, method: str, url: str, data: Data | None, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        with self.client.open(
            parts.path or "/",
            method=method,
            base_url=f"{parts.scheme}://{parts.netloc}",
            query_string=parts.query,
            headers=dict(headers),
            data=None if data is None else urlencode(data),
            content_type=None if data is None else "application/x-www-form-urlencoded",
        ) as answer:
            return Answer(answer.status_code, answer.headers, answer.get_data(as_text=True))

    def cookie(self, name: str, host: str) -> str | None:
        cookie = self.client.get_cookie(name, host)
        return cookie.value if cookie else None

    def tab(self) -> "InProcess":
        return self
