"""A site behind nginx and Caddy as docs/services/browser-door.md sets them up, and who asks for it over sockets."""

from __future__ import annotations

import http.client
import os
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.machine import require
from tests.support.markdown import blocks
from tests.support.paths import ROOT
from tests.support.processes import Process, free_port, listening, serving
from tests.support.services import Nginx, Service
from trustweb.authentication import sessions
from trustweb.database import Database
from trustweb.web.base.session_cookie import SessionCookie, name_for

PAGE = ROOT / "docs" / "services" / "browser-door.md"
ACCOUNT_PAGE = ROOT / "docs" / "deploy" / "reverse-proxy.md"
# As Debian's nginx.conf has it.
AROUND = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr; events {{}}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; scgi_temp_path {folder}/scgi; uwsgi_temp_path {folder}/uwsgi;
    {sites}
}}
"""


@dataclass
class Request:
    """A request that reached a recorder."""

    method: str
    path: str
    headers: list[tuple[str, str]]

    def said(self, name: str) -> list[str]:
        return [value for each, value in self.headers if each.lower() == name.lower()]


class Recorder(ThreadingHTTPServer):
    """A site that knows nothing of sign-ins; or, with ``says``, somebody who answers a proxy's question so."""

    daemon_threads = True

    def __init__(self, says: dict[str, str] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.says = says or {}
        self.requests: list[Request] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Recorder

    def _answer(self) -> None:
        self.server.requests.append(Request(self.command, self.path, self.headers.items()))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.close_connection = True
        if self.headers.get("Upgrade"):
            self.send_response(101)
            self.send_header("Upgrade", self.headers["Upgrade"])
            self.send_header("Connection", "Upgrade")
            self.end_headers()
            while line := self.rfile.readline():
                self.wfile.write(line)
            return
        self.send_response(401 if self.path == "/own-401" else 200)
        for name, value in {"Content-Length": "5", **self.server.says}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"album")

    do_GET = do_POST = do_PUT = do_DELETE = do_PROPFIND = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def recording(**says: str) -> Iterator[Recorder]:
    with Recorder({name.replace("_", "-"): value for name, value in says.items()}) as recorder, serving(recorder):
        yield recorder


def with_ports(block: str, trustweb: int, site: int) -> str:
    assert ":8000" in block
    assert ":5000" in block
    return block.replace(":8000", f":{trustweb}").replace(":5000", f":{site}")


class BrowserNginx(Nginx):
    """nginx with TLS before the account's host and before the site's, each by its page of the docs."""

    def __init__(self, folder: Path, trustweb: int, site: int) -> None:
        super().__init__(folder, trustweb)
        self.site, self.origin = site, f"https://photos.example.com:{self.port}"
        self.account = f"https://account.example.com:{self.port}"
        self.settings = {"TRUSTWEB_PUBLIC_URL": self.account, "TRUSTWEB_TRUSTED_PROXIES": "1"}

    def start(self) -> None:
        self._make_certificate(require("openssl"))
        account = blocks(ACCOUNT_PAGE, "nginx")[0].replace(":8000", f":{self.upstream}")
        account = account.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
        sites = account + with_ports(blocks(PAGE, "nginx")[0], self.upstream, self.site)
        sites = re.sub(r"listen \[::\].*\n", "", sites).replace("listen 443", f"listen 127.0.0.1:{self.port}")
        sites = re.sub(r"/etc/\S+/fullchain.pem", str(self.certificate), sites)
        sites = re.sub(r"/etc/\S+/privkey.pem", str(self.folder / "key.pem"), sites)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(AROUND.format(folder=self.folder, sites=sites))
        command: list[str | Path] = [require("nginx"), "-p", self.folder, "-e", "stderr", "-c", configuration]
        self.process = Process(command, self.folder / "log")
        self.process.wait_until(lambda: listening(self.port))


class BrowserCaddy(Service):
    """Caddy before the site's host, without TLS, which it would get from elsewhere; the account's host has no proxy."""

    def __init__(self, folder: Path, trustweb: int, site: int) -> None:
        self.folder, self.trustweb, self.site, self.port = folder, trustweb, site, free_port()
        self.origin = f"http://photos.localhost:{self.port}"
        self.account = f"http://localhost:{trustweb}"
        self.settings: dict[str, str] = {}

    def start(self) -> None:
        site = with_ports(blocks(PAGE, "text")[-1], self.trustweb, self.site)
        configuration = self.folder / "Caddyfile"
        around = "{\n    admin off\n    auto_https off\n    default_bind 127.0.0.1\n}\n"
        configuration.write_text(around + site.replace("photos.example.com", self.origin))
        environment = os.environ | {"XDG_DATA_HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}
        command: list[str | Path] = [require("caddy"), "run", "--adapter", "caddyfile", "--config", configuration]
        self.process = Process(command, self.folder / "log", environment=environment)
        self.process.wait_until(lambda: listening(self.port))


@dataclass
class Answered:
    status: int
    location: str
    body: str
    headers: http.client.HTTPMessage


@dataclass
class Surfer:
    """A browser that finds every host on this machine, and keeps each host's cookies apart."""

    jar: dict[str, dict[str, str]] = field(default_factory=dict)

    def cookies(self, url: str) -> list[str]:
        """Return the cookies of a host, as its header has them."""
        return [f"{name}={value}" for name, value in self.jar.get(urlsplit(url).hostname or "", {}).items()]

    def ask(self, url: str, method: str = "GET", body: bytes | None = None, /, **headers: str) -> Answered:
        """Ask once; redirects are not followed. A ``_`` in a header's name is a dash."""
        parts = urlsplit(url)
        sent = {"Host": parts.netloc} | {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("Cookie", "; ".join(self.cookies(url)))
        line = connect(url)
        line.request(method, url.removeprefix(f"{parts.scheme}://{parts.netloc}"), body, sent)
        answer = line.getresponse()
        read = answer.read().decode()
        line.close()
        for each in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = each.partition(";")[0].partition("=")
            self.jar.setdefault(parts.hostname or "", {})[name] = value
        return Answered(answer.status, answer.headers.get("Location") or "", read, answer.headers)

    def open(self, url: str) -> list[Answered]:
        """Open a page and follow redirects, as somebody does who types an address: every answer on the way."""
        found = [self.ask(url, Sec_Fetch_Mode="navigate")]
        while found[-1].location:
            assert len(found) < 10
            parts = urlsplit(url)
            there = found[-1].location
            url = there if "://" in there else f"{parts.scheme}://{parts.netloc}{there}"
            found.append(self.ask(url, Sec_Fetch_Mode="navigate"))
        return found


def sign_in(database: Database, account_id: int) -> Surfer:
    """Return a browser that is signed in at the account's host, without the pages of it."""
    with database.writing() as work:
        _, token = sessions.start(work, account_id, stage=sessions.FULL, known_browser=True)
    name = name_for(database.config)
    cookie = SessionCookie(name, database.keys).write({"_user_id": token, "csrf_token": "0" * 40})
    return Surfer({database.config.public_host: {name: cookie}})


@contextmanager
def upgraded(url: str, cookie: str) -> Iterator[Callable[[bytes], bytes]]:
    """Open a socket through the proxies to a recorder, which sends every line back: call it with a line."""
    line = connect(url)
    host, path = urlsplit(url).netloc, urlsplit(url).path
    asks = {"Host": host, "Cookie": cookie, "Connection": "Upgrade", "Upgrade": "websocket"}
    with closing(line):
        line.request("GET", path, headers=asks)
        with line.sock.makefile("rwb") as file:
            assert b" 101 " in next(iter(list(iter(file.readline, b"\r\n"))))

            def say(words: bytes) -> bytes:
                file.write(words)
                file.flush()
                return file.readline()

            yield say


def connect(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "https":
        trusting = ssl._create_unverified_context()
        return http.client.HTTPSConnection("127.0.0.1", parts.port, context=trusting, timeout=20)
    return http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=20)
