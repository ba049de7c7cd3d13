"""Synapse, a Matrix server, as docs/services/synapse.md sets it up."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import requests

from tests.support.clients.client import Client
from tests.support.clients.environments import program
from tests.support.markdown import blocks
from tests.support.paths import DOCS

# A server for one machine: it speaks to no other.
AROUND = """
server_name: localhost
public_baseurl: "{url}/"
report_stats: false
trusted_key_servers: []
federation_domain_whitelist: []
registration_shared_secret: "only for tests"
macaroon_secret_key: "only for tests"
form_secret: "only for tests"
signing_key_path: "{folder}/signing.key"
media_store_path: "{folder}/media"
log_config: "{folder}/log.yaml"
database: {{name: sqlite3, args: {{database: "{folder}/synapse.db"}}}}
listeners:
  - {{port: {port}, bind_addresses: [127.0.0.1], type: http, resources: [{{names: [client]}}]}}
sso:
  client_whitelist: ["{url}/"]
{block}
"""
# By itself it writes one file a day beside where it was started.
LOG = """
version: 1
formatters: {plain: {format: "%(levelname)s %(name)s %(message)s"}}
handlers: {console: {class: logging.StreamHandler, formatter: plain}}
root: {level: INFO, handlers: [console]}
disable_existing_loggers: false
"""


class Synapse(Client):
    """A server for chats. Its app in the browser, which would keep the access token, is played by the tests.

    Open ``sign_in`` in a browser; it ends at ``/health?loginToken=…``, for which the app gets an access token.
    """

    PAGE, NAME = DOCS / "services" / "synapse.md", "chat"
    CALLBACK = "/_synapse/client/oidc/callback"
    SIGNED_OUT = None
    BACK_CHANNEL = "/_synapse/client/oidc/backchannel_logout"
    COOKIE = "oidc_session"

    @property
    def sign_in(self) -> str:
        app = quote(f"{self.url}/health", safe="")
        return f"{self.url}/_matrix/client/v3/login/sso/redirect/oidc-trustweb?redirectUrl={app}"

    def command(self) -> list[str | Path]:
        return [program("synapse", "python"), "-m", "synapse.app.homeserver", "-c", self.folder / "homeserver.yaml"]

    def prepare(self) -> None:
        block = self.filled(blocks(self.PAGE, "yaml")[0], self.NAME)
        # It takes http from nobody, not even from loopback, unless it is told not to look.
        block = block.replace("    client_id:", "    skip_verification: true\n    client_id:", 1)
        values = {"url": self.url, "port": self.port, "folder": self.folder, "block": block}
        (self.folder / "homeserver.yaml").write_text(AROUND.format(**values))
        (self.folder / "log.yaml").write_text(LOG)

    def session_of(self, address: str, _cookie: str | None) -> str:
        """Return the access token for what the browser was sent back with."""
        (token,) = parse_qs(urlsplit(address).query)["loginToken"]
        asked = {"type": "m.login.token", "token": token}
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(f"{self.url}/_matrix/client/v3/login", json=asked, timeout=20)
        return str(answer.json()["access_token"])

    def who(self, cookie: str | None) -> dict[str, Any]:
        bearer = {"Authorization": f"Bearer {cookie}"} if cookie else {}
        answer = self.get("/_matrix/client/v3/account/whoami", **bearer)
        if answer.status_code != 200:
            return {}
        known: dict[str, Any] = answer.json()
        profile = self.get(f"/_matrix/client/v3/profile/{quote(known['user_id'])}/displayname", **bearer)
        # The session may have ended between the two.
        return known | {"name": profile.json()["displayname"]} if profile.status_code == 200 else {}
