"""Authenticator apps on people’s phones: they take a secret and show codes."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp

from tests.support.http_client import Visitor
from tests.support.kit import Kit
from trustweb.models import APP_SECRET, Account, AuthenticatorApp, Factor

BEGIN = "Add an Authenticator App"
ENTER = "Enter the code that your authenticator app shows."
USE = "Use your authenticator app"


class App:
    """The entry that a phone makes of a QR code; its codes are those of RFC 6238."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        fields = parse_qs(parts.query, strict_parsing=True)
        assert (parts.scheme, parts.netloc, set(fields)) == ("otpauth", "totp", {"secret", "issuer"})
        (self.secret,), (self.issuer,) = fields["secret"], fields["issuer"]
        issuer, _, self.account = parts.path.removeprefix("/").partition(":")
        assert unquote(issuer) == self.issuer
        self.account = unquote(self.account)

    def at(self, now: datetime, steps: int = 0) -> str:
        counter = (int(now.timestamp()) // 30 + steps).to_bytes(8, "big")
        digest = hmac.digest(base64.b32decode(self.secret), counter, "sha1")
        place = digest[-1] & 15
        return f"{(int.from_bytes(digest[place : place + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def wrong(app: App, now: datetime) -> str:
    """Six digits that the app shows neither now nor soon."""
    soon = {app.at(now, steps) for steps in range(-2, 3)}
    return next(code for code in map(str, range(100_000, 999_999)) if code not in soon)


def scan(visitor: Visitor) -> App:
    """The app that was given what the page shows."""
    link = next(each for each in visitor.page.all("a") if each.get("href").startswith("otpauth:"))
    return App(link.get("href"))


def add(kit: Kit, visitor: Visitor, label: str = "") -> App:
    """Add an app through the page, and wait until it shows a code that was not used yet."""
    app = scan(visitor.get("/security/apps").submit(BEGIN))
    visitor.submit("verify-app", code=app.at(kit.clock.now), label=label)
    kit.clock.forward(seconds=60)
    return app


def give(kit: Kit, account: Account, label: str = "", *, added: datetime | None = None) -> App:
    """An app that was added two days ago, without pages."""
    secret, core = pyotp.random_base32(), kit.core
    with core.database.writing() as work:
        factor_id = kit.factor(work, account, "authenticator_app", label, added).id
        sealed = core.database.keys.seal(APP_SECRET, secret.encode())
        work.db.add(AuthenticatorApp(factor_id=factor_id, secret=sealed, last_step=0))
    return App(f"otpauth://totp/x:y?secret={secret}&issuer=x")


def factor_of(kit: Kit, account: Account, which: int = 0) -> Factor:
    with kit.core.database.reading() as work:
        mine = work.db.query(Factor).filter_by(kind="authenticator_app", account_id=account.id)
        return mine.order_by(Factor.id).all()[which]
