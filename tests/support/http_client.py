"""Visitor: a person whose browser runs no JavaScript, or nothing but HTMX; over sockets or in process."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode, urljoin, urlsplit

from flask.testing import FlaskClient

from tests.support.forms import Form
from tests.support.htmx import Exchange
from tests.support.markup import Node, Page, fold, key
from tests.support.wires import Answer, Data, InProcess, Sockets

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
HERE = {"localhost", "127.0.0.1"}


class Hop(NamedTuple):
    method: str
    path: str
    status: int


class Visitor:
    def __init__(
        self,
        url: str = "http://localhost:8000",
        *,
        client: FlaskClient | None = None,
        htmx: bool = False,
        verify: bool | str | Path = True,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.url = url
        self.htmx = htmx
        self.headers = {"User-Agent": BROWSER, "Accept": "text/html", "Accept-Language": "en"} | dict(headers or {})
        self.answer = Answer()
        self.page = Page("")
        self.hops: list[Hop] = []
        self.elsewhere: set[str] = set()
        """Origins of other sites, to which this browser may be sent: it stops before them, at ``left``."""
        self.left = ""
        self._wire: InProcess | Sockets = InProcess(client) if client else Sockets(verify)

    def tab(self) -> Self:
        """A second tab: the same cookies and the same page, from here on by itself."""
        other = copy.copy(self)
        other.page = self.page.copy()
        other._wire = self._wire.tab()
        return other

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def body(self) -> str:
        """The last answer as it came; `text` is what the page says after it."""
        return self.answer.body

    @property
    def text(self) -> str:
        return self.page.text

    @property
    def title(self) -> str:
        return self.page.title

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def cookie(self, name: str) -> str | None:
        return self._wire.cookie(name, urlsplit(self.url).hostname or "")

    def get(self, path: str) -> Self:
        """Type an address."""
        return self._visit("GET", path, None, {"Sec-Fetch-Site": "none"})

    def post(self, path: str, **fields: Any) -> Self:
        """Send what no form of the page offers, with the page's own CSRF token."""
        tokens = {node.get("name"): node.get("value") for node in self.page.all("input")}
        token = {name: value for name, value in tokens.items() if name == "csrf_token"}
        data = [(name, str(value)) for name, value in (token | fields).items()]
        return self._visit("POST", path, data, self._from_here("POST"))

    def follow(self, words: str) -> Self:
        """Follow the link with these words."""
        links = [node for node in self.page.all("a") if node.seen and "href" in node.attributes]
        fitting = [link for link in links if fold(words) in self.page.names(link)]
        if len({link.get("href") for link in fitting}) != 1:
            known = sorted({name for link in links for name in self.page.names(link)})
            raise AssertionError(f"{len(fitting)} links are called {words!r} on {self._here()}; links: {known}")
        link = fitting[0]
        return self._act(link, link, "GET", link.get("href"), [])

    def submit(self, which: str, /, **fields: Any) -> Self:
        """Fill in and send the form with this button, name, id or address."""
        form, button = self._find(which)
        for name, value in fields.items():
            form.fill(name, value)
        pressed = button or next(iter(form.buttons), None)
        own = pressed.attributes if pressed else {}
        method = (own.get("formmethod") or form.node.get("method") or "get").upper()
        target = own.get("formaction") or form.node.get("action") or self.url
        return self._act(pressed or form.node, form.node, method, target, form.data(pressed))

    def poll(self) -> Self:
        """Ask for news, as the page does by itself with HTMX."""
        asking = [node for node in self.page.root.walk() if {"hx-get", "hx-trigger"} <= node.attributes.keys()]
        # A field that searches while one types asks too, but not by itself.
        news = [node for node in asking if node.tag not in {"a", "button", "form", "input", "select"}]
        if not self.htmx or not news:
            raise AssertionError(f"Nothing on {self._here()} asks for news")
        return self._act(news[0], news[0], "GET", news[0].get("hx-get"), [])

    def value(self, name: str) -> str:
        """Return the value of the field with this label."""
        forms = [form for form in self.forms if any(key(name) in form.keys(each) for each in form.fields)]
        if len(forms) != 1:
            raise AssertionError(f"{len(forms)} forms have a field {name!r} on {self._here()}")
        return forms[0].shown(name)

    @property
    def forms(self) -> list[Form]:
        return [Form(self.page, node) for node in self.page.all("form")]

    @property
    def buttons(self) -> list[str]:
        return [self.page.name(button) for form in self.forms for button in form.buttons]

    def _find(self, which: str) -> tuple[Form, Node | None]:
        found: list[tuple[Form, Node | None]] = [
            (form, button) for form in self.forms for button in form.buttons if fold(which) in self.page.names(button)
        ]
        found = found or [(form, None) for form in self.forms if self._is_called(form, which)]
        if len(found) != 1:
            seen = "".join(f"\n  {form}" for form in self.forms) or " none"
            raise AssertionError(f"{len(found)} forms fit {which!r} on {self._here()}; forms:{seen}\n{self.text[:500]}")
        return found[0]

    def _is_called(self, form: Form, which: str) -> bool:
        address = urlsplit(urljoin(self.url, form.node.get("action"))).path
        return which in {form.node.get("name"), form.node.get("id"), address}

    def _here(self) -> str:
        return f"{self.path} ({self.status})"

    def _from_here(self, method: str) -> dict[str, str]:
        parts = urlsplit(self.url)
        origin = {} if method == "GET" else {"Origin": f"{parts.scheme}://{parts.netloc}"}
        return {"Sec-Fetch-Site": "same-origin", "Referer": self.url.partition("#")[0]} | origin

    def _act(self, pressed: Node, source: Node, method: str, target: str, data: Data) -> Self:
        exchange = Exchange.of(self.page, pressed, source) if self.htmx else None
        if exchange and exchange.method:
            own = "" if exchange.element is pressed else pressed.get("formaction")
            method, target = exchange.method, own or exchange.path
        headers = self._from_here(method)
        if method == "GET" and data:
            target, data = f"{target.partition('?')[0]}?{urlencode(data)}", []
        body = data if method != "GET" else None
        if not exchange:
            return self._visit(method, target, body, headers)
        return self._exchange(exchange, method, target, body, headers | exchange.headers(self.url))

    def _visit(self, method: str, target: str, data: Data | None, headers: Mapping[str, str]) -> Self:
        navigation = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        self.url, self.answer = self._send(method, target, data, {**navigation, **headers})
        self.page = Page(self.answer.body)
        return self

    def _exchange(
        self, exchange: Exchange, method: str, target: str, data: Data | None, headers: Mapping[str, str]
    ) -> Self:
        fetch = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
        url, self.answer = self._send(method, target, data, {**fetch, **headers})
        if goal := self.answer.headers.get("HX-Redirect"):
            return self._visit("GET", goal, None, self._from_here("GET"))
        if self.answer.headers.get("HX-Refresh") == "true":
            return self._visit("GET", self.url, None, self._from_here("GET"))
        self.page = exchange.swap(self.page, self.status, self.answer.headers, self.body)
        pushed = self.answer.headers.get("HX-Push-Url") or exchange.pushes(url)
        self.url = urljoin(self.url, pushed or self.url)
        return self

    def _send(self, method: str, target: str, data: Data | None, headers: Mapping[str, str]) -> tuple[str, Answer]:
        url = urljoin(self.url, target)
        self.hops, self.left = [], ""
        sent: dict[str, str] = {**self.headers, **headers}
        for _ in range(10):
            parts = urlsplit(url)
            assert parts.hostname in HERE | {urlsplit(self.url).hostname}, f"{url} is another site"
            answer = self._wire.send(method, url.partition("#")[0], data, sent)
            self.hops.append(Hop(method, parts.path, answer.status))
            if answer.status not in {301, 302, 303, 307, 308}:
                return url, answer
            goal = urljoin(url, answer.headers["Location"])
            if goal.startswith(tuple(f"{each}/" for each in self.elsewhere)):
                self.left = goal
                return url, answer
            url = goal
            if answer.status < 304 and method != "GET":
                method, data = "GET", None
                sent.pop("Origin", None)
        raise AssertionError(f"Redirects without end: {self.hops}")
