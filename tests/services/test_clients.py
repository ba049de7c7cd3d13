"""Other people's programs start, ask Trustweb as they should, and know nobody until it has answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest

from tests.support.clients.apache import Apache
from tests.support.clients.client import Client
from tests.support.clients.django_app import DjangoApp
from tests.support.clients.flask_app import FlaskApp
from tests.support.clients.openid_client import OpenidClient
from tests.support.clients.synapse import Synapse
from tests.support.processes import serving

pytestmark = pytest.mark.services
CLIENTS = [FlaskApp, DjangoApp, OpenidClient, Apache, Synapse]
ENDPOINTS = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "jwks_uri": "/.well-known/jwks.json",
    "end_session_endpoint": "/end-session",
}


class Discovery(BaseHTTPRequestHandler):
    """Enough of a provider for a client to begin."""

    def do_GET(self) -> None:
        issuer = f"http://localhost:{self.server.server_address[1]}"
        known = {"issuer": issuer, "code_challenge_methods_supported": ["S256"], "response_types_supported": ["code"]}
        known |= {name: issuer + path for name, path in ENDPOINTS.items()}
        known |= {"keys": [], "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"]}
        self.send_response(200)
        body = json.dumps(known).encode()
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Discovery) as server, serving(server):
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module", params=CLIENTS, ids=lambda kind: kind.__name__)
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, issuer: str) -> Iterator[Client]:
    with request.param(tmp_path_factory.mktemp("client")).registered(issuer, "photos", "s3cret") as client:
        yield client


def test_a_client_sends_a_stranger_to_trustweb(client: Client) -> None:
    address, _, query = client.asks().partition("?")
    asked = dict(parse_qsl(query))

    assert address == f"{client.issuer}/authorize"
    assert asked.items() >= {"client_id": "photos", "redirect_uri": client.redirect_uri}.items()
    assert asked.get("response_mode", "query") == "query"
    assert (asked.get("response_type"), asked["code_challenge_method"]) == ("code", "S256")
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert set(asked["scope"].split()) >= {"openid", "profile", "email"}


def test_a_client_knows_nobody_without_trustweb(client: Client) -> None:
    assert client.who(None) == {}
    assert client.who("made-up") == {}


@pytest.mark.parametrize(
    "client", [each for each in CLIENTS if each.BACK_CHANNEL], indirect=True, ids=lambda kind: kind.__name__
)
def test_a_client_believes_no_logout_that_is_not_signed(client: Client) -> None:
    assert client.told("e30.e30.e30").status_code in {400, 401}
