"""An app whose callback leads on to a third origin, as apps do that sign people in at one host for another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.processes import serving
from tests.support.relying_party import App
from tests.support.site import Site


@dataclass
class FarAway:
    """The app: where people begin, and where they arrive."""

    site: Site
    client_id: str
    callback: str
    landing: str

    def sign_in(self, **other: str) -> str:
        """Return the address at the account's host to which it sends people."""
        return self.site.url + App(callback=self.callback).address(client_id=self.client_id, **other)


@contextmanager
def far_away(site: Site) -> Iterator[FarAway]:
    """Serve its callback and its landing, each on an origin of its own, and add it to a site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            leads_on = self.path.startswith("/callback?")
            self.send_response(302 if leads_on else 200)
            if leads_on:
                self.send_header("Location", landing + self.path.removeprefix("/callback"))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ExitStack() as running:
        ports = []
        for _ in range(2):
            server = running.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
            running.enter_context(serving(server))
            ports.append(server.server_port)
        callback, landing = f"http://127.0.0.1:{ports[0]}/callback", f"http://landing.localhost:{ports[1]}/"
        added = site.cli("service", "add", "shop", "--oidc", "--redirect-uri", callback, "--json")
        assert added.returncode == 0, added.stderr
        yield FarAway(site, json.loads(added.stdout)["client_id"], callback, landing)
