"""Programs that sign in at ``/auth/basic``, and the proxy that asks for them."""

from __future__ import annotations

import base64
import re

from werkzeug.test import TestResponse

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, Kit
from trustweb.factors.app_passwords import Parts
from trustweb.models import Account, AppPassword

APP_PASSWORD = re.compile(r"\btwap(?:-[0-9a-hjkmnp-tv-z]{4}){7}\b")


def app_password_on(visitor: Visitor) -> str:
    """Return the app-specific password that the page shows."""
    (found,) = APP_PASSWORD.findall(visitor.body)
    return str(found)


def make_on_page(visitor: Visitor, name: str = "Thunderbird", service: str = "mail") -> str:
    """Make an app-specific password through the page, and return it."""
    visitor.get("/security/app-passwords/new").submit("Create", name=name, service=service)
    return app_password_on(visitor)


def give(kit: Kit, account: Account, service: str = "mail", *, name: str = "Program", handle: str = "h" * 8) -> str:
    """An app-specific password, without pages."""
    parts = Parts(handle, "s" * 20)
    with kit.core.database.writing() as work:
        work.db.add(
            AppPassword(
                account_id=account.id, public_id=handle, name=name, service=service, handle=handle,
                mac=parts.mac(kit.core.database.keys, account.id, service), created_at=work.now,
            )
        )  # fmt: skip
    return str(parts)


def basic(user: str, password: str, encoding: str = "utf-8") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode(encoding)).decode()}


def ask(
    kit: Kit,
    password: str,
    user: str = ALICE,
    service: str = "mail",
    *,
    peer: str = "127.0.0.1",
    method: str = "GET",
    **headers: str,
) -> TestResponse:
    """Ask as a proxy does, by the name that it has for us."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return kit.app.test_client().open(
        f"/auth/basic/{service}",
        method=method,
        base_url="http://trustweb.internal:8000",
        headers=basic(user, password) | named,
        environ_base={"REMOTE_ADDR": peer},
    )
