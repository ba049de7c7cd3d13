"""The factors that a person has, made without pages, and what can be done with those that are left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import cbor2
from sqlalchemy import update

from tests.support import apps, authenticator, paper
from tests.support.apps import App
from tests.support.authenticator import Authenticator, encode
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from tests.support.mail_kit import link, proved
from tests.support.password_reset import NEW_PASSWORD
from trustweb.accounts import token_hash
from trustweb.models import PASSKEY, TRUSTED_DEVICE, Account, Passkey, TrustedDevice

NUMBERS = (MOBILE, OTHER_MOBILE)


@dataclass(frozen=True)
class Has:
    """The factors that a person has, two days old."""

    numbers: int = 0
    app: bool = False
    pin_passkey: bool = False
    passkey: bool = False
    device: bool = False
    key: str = ""
    """Empty: none; old, or new: it was made an hour ago."""
    codes: bool = False
    mailbox: str = ""
    """Empty: none; old, or new: it came an hour ago."""
    by_mail: bool = False
    """The password came by a link to the mailbox."""


@dataclass
class Owner:
    """An account, the secrets that its owner keeps, and the password that they know."""

    kit: Kit
    account: Account
    password: str = PASSWORD
    held: dict[str, Any] = field(default_factory=dict)
    """What the owner holds, by the public id of the factor."""

    def visitor(self) -> Visitor:
        return self.kit.visitor()

    def half_way(self, visitor: Visitor | None = None) -> Visitor:
        self.kit.clock.forward(minutes=6)  # the pauses between codes are over, and so are the short limits
        visitor = visitor or self.visitor()
        return visitor.get("/sign-in").submit("Sign In", account=ALICE, password=self.password)

    def lets_in(self, thing: object) -> bool:
        """Tell whether this factor signs in, with the password."""
        if isinstance(thing, Visitor):
            return self.half_way(thing).path == "/security"
        visitor = self.half_way()
        match thing:
            case str(number) if number in NUMBERS:
                self._press(visitor, f"Text me at {mask(number)}")
                visitor.submit("Continue", verification_code=self.kit.code(number))
            case App() as app:
                self._press(visitor, apps.USE)
                visitor.submit("Continue", verification_code=app.at(self.kit.clock.now))
            case Authenticator() as key:
                authenticator.use(visitor, key)
            case ["codes", *codes]:
                paper.use_paper(visitor, paper.CODE, codes[0])
            case ["key", key]:
                paper.use_paper(visitor, paper.KEY, key)
        return visitor.path == "/security"

    def _press(self, visitor: Visitor, button: str) -> None:
        if button in visitor.buttons:  # else it is on its way already
            visitor.submit(button)

    def lets_in_alone(self, thing: object) -> bool:
        """Tell whether this factor signs in without the password."""
        if not isinstance(thing, Authenticator):
            return False
        return authenticator.use(self.visitor().get("/sign-in"), thing).path == "/security"

    def reset_by_mail(self) -> bool:
        before = len(self.kit.messages(ALICE))
        visitor = self.visitor().get("/forgotten-password").submit("Continue", account=ALICE)
        visitor.submit("Send a link to my mailbox")
        if len(self.kit.messages(ALICE)) == before:
            return False
        return self._new_password(self.visitor().get(link(self.kit, ALICE)))

    def reset_by_key(self, key: str) -> bool:
        visitor = self.visitor().get("/forgotten-password").submit("Continue", account=ALICE)
        return self._new_password(visitor.submit("Use my recovery key"), recovery_key=key)

    def _new_password(self, visitor: Visitor, **fields: str) -> bool:
        visitor.submit("Set the password", new_password=NEW_PASSWORD, **fields)
        if visitor.path != "/sign-in":
            return False
        self.password = NEW_PASSWORD
        return True

    def wait(self) -> bool:
        """Tell whether account recovery brings the account back."""
        visitor = self.half_way().get("/sign-in/recovery")
        if "Start the wait" not in visitor.buttons:
            return False
        visitor.submit("Start the wait")
        for _ in range(self.kit.core.config.recovery_wait // 3600):
            self.kit.clock.forward(hours=1)
            self.kit.core.sender.tidy()
        self.half_way().get("/sign-in/recovery").submit("Send me the link")
        done = self.visitor().get(link(self.kit, ALICE))
        done.submit("Continue", current_password=self.password, new_password=NEW_PASSWORD)
        return done.path == "/security/two-factor"


def mask(number: str) -> str:
    from trustweb.phone_numbers import mask

    return mask(number)


def owner_of(kit: Kit, has: Has) -> Owner:
    account = kit.account(numbers=NUMBERS[: has.numbers])
    mine = Owner(kit, account)
    with kit.core.database.writing() as work:
        values = {"two_factor_since": work.now - timedelta(days=2), "password_by_mail": has.by_mail}
        work.execute(update(Account).where(Account.id == account.id).values(**values))
    added = kit.clock.now - timedelta(hours=1) if has.key == "new" else None
    makers: list[tuple[bool, Callable[[], object]]] = [
        (has.app, lambda: apps.give(kit, account)),
        (has.pin_passkey, lambda: _passkey(kit, account, Authenticator())),
        (has.passkey, lambda: _passkey(kit, account, Authenticator(verifies=False))),
        (has.device, lambda: _device(kit, account)),
        (bool(has.key), lambda: ["key", paper.give_key(kit, account, added)]),
        (has.codes, lambda: ["codes", *paper.give_codes(kit, account)]),
    ]
    secrets = [*NUMBERS[: has.numbers], *(make() for wanted, make in makers if wanted)]
    with kit.core.database.reading() as work:
        ids = [each.public_id for each in factors(work, account)]
    mine.held = dict(zip(ids, secrets, strict=True))
    if has.mailbox:
        proved(kit, account, age=timedelta(hours=1) if has.mailbox == "new" else timedelta(days=2))
        kit.deliver()
    return mine


def factors(work: Any, account: Account) -> list[Any]:
    from trustweb.models import Factor

    return list(work.db.query(Factor).filter_by(account_id=account.id).order_by(Factor.id))


def _passkey(kit: Kit, account: Account, key: Authenticator) -> Authenticator:
    numbers = key.key.public_key().public_numbers()
    point = {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
    with kit.core.database.writing() as work:
        key.user_handle = work.db.get_one(Account, account.id).user_handle
        row = Passkey(factor_id=kit.factor(work, account, PASSKEY).id, credential_id=encode(key.id), sign_count=0)
        row.public_key = cbor2.dumps({1: 2, 3: -7, -1: 1} | point)
        row.user_verified, row.backed_up = key.verifies, False
        work.db.add(row)
    return key


def _device(kit: Kit, account: Account) -> Visitor:
    """The browser that is trusted."""
    visitor = kit.visitor()
    with kit.core.database.writing() as work:
        factor = kit.factor(work, account, TRUSTED_DEVICE, "Firefox, Linux")
        row = TrustedDevice(factor_id=factor.id, account_id=account.id, handle="h" * 12, skips_code=True)
        row.token_hash, row.browser_hash = token_hash("token"), token_hash("b" * 43)
        row.expires_at, row.seen_at = work.now + timedelta(days=30), work.now
        work.db.add(row)
    client = visitor._wire.client  # type: ignore[union-attr]
    client.set_cookie("trustweb-devices", "h" * 12 + ".token", domain="localhost")
    client.set_cookie("trustweb-browser", "b" * 43, domain="localhost")
    return visitor
