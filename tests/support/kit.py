"""A whole Trustweb inside the test's process: a settable clock, recorded phones, and people."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import delete, event, insert, literal, select

from tests.support import plain_jinja
from tests.support.http_client import Visitor
from tests.support.paths import RECORDING
from trustweb import accounts, config, create_app, keys, schema
from trustweb.authentication.passwords import Hasher
from trustweb.codes.limits import Network
from trustweb.core import Core
from trustweb.journal import heads
from trustweb.models import (
    TRUSTED_NUMBER,
    Account,
    Base,
    Factor,
    JournalCut,
    JournalEntry,
    KeyCheck,
    Moment,
    Service,
    Site,
    TrustedNumber,
)
from trustweb.phone_numbers import parse

MOBILE = "+447400123456"
OTHER_MOBILE = "+4915123456789"
FIXED = "+442070313000"
PASSWORD = "correct horse battery"
NETWORK = Network("", "")
ALICE, BOB, EVE = "alice@example.com", "bob@example.com", "eve@example.com"


@cache
def _hash(hasher: Hasher) -> str:
    return hasher.hash(PASSWORD)


class Clock:
    """The machine's two clocks: what it says it is, which anybody may set, and the one that only goes on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
        self.elapsed = 0.0

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.elapsed

    def forward(self, **span: float) -> None:
        """Let time go by. Backwards it never goes: then somebody has set the clock."""
        self.set(**span)
        self.elapsed += max(timedelta(**span).total_seconds(), 0)

    def set(self, **span: float) -> None:
        """Set the clock by so much; no time goes by."""
        self.now += timedelta(**span)


def make_template(folder: Path) -> Path:
    """An instance with keys and tables, to be copied: migrating takes longer than most tests."""
    settings = config.load({"TRUSTWEB_INSTANCE": str(folder)})
    keys.make(settings)
    schema.upgrade(settings, keys.load(settings))
    return folder


class Kit:
    """``kit.visitor()`` is a browser, ``kit.code(number)`` what its phone got, ``kit.account()`` a person."""

    def __init__(self, template: Path, folder: Path, **settings: str) -> None:
        shutil.copytree(template, folder)
        self.clock = Clock()
        environ = {
            "TRUSTWEB_INSTANCE": str(folder),
            "TRUSTWEB_PLUGINS": str(RECORDING),
            "TRUSTWEB_WORKER": "0",
        }
        self.app = create_app(environ | settings, clock=self.clock, monotonic=self.clock.monotonic)
        plain_jinja.keep_compiled(self.app)
        if plain_jinja.compares:
            plain_jinja.compare(self.app)
        self.core: Core = self.app.extensions["trustweb"]
        self._sync_nothing()
        self.texts = self.core.routes["recording_texts"]
        self.calls = self.core.routes["recording_calls"]
        self.mails = self.core.routes["recording_mails"]
        self.renew()

    def _sync_nothing(self) -> None:
        """Let commits not wait for the disk: nobody pulls the plug of a kit, and most of them wait for nothing else."""
        engine = self.core.database.engine
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
            self.core.database.close()  # those connections that are there already

    def renew(self) -> None:
        """Begin again: nobody, nothing sent, the first moment. Making an app takes longer than most tests."""
        self.clock.now = Clock().now
        (self.core.config.instance / heads.NAME).unlink(missing_ok=True)
        with self.core.database.writing() as work:
            # The journal lets go only of what a cut covers.
            ends = select(JournalEntry.account_id, 2**31 - 1, literal(""), literal(self.clock.now, Moment), literal(""))
            cuts = insert(JournalCut).from_select(["account_id", "seq", "last_mac", "at", "mac"], ends.distinct())
            work.db.execute(cuts)
            work.db.execute(delete(JournalEntry))
            for table in reversed(Base.metadata.sorted_tables):
                if table.name != "site":
                    work.db.execute(table.delete())
            for key_id in self.core.keys.ids:
                check = self.core.keys.check_value(key_id)
                work.db.execute(KeyCheck.__table__.insert().values(key_id=key_id, value=check))
            for name in self.core.config.service_names:
                work.db.add(Service(name=name, created_at=self.clock.now, program=True, user_is="name"))
            # The template was made today, the tests' clock says otherwise.
            work.db.execute(Site.__table__.update().values(seen_at=self.clock.now, countries="", last_account=0))
        self.core.database._mark = self.core.database._stored = None
        for carrier in (self.texts, self.calls, self.mails):
            carrier.messages.clear()
            carrier.failures.clear()
        self.mails.plain_only = False

    def visitor(self, *, htmx: bool = False) -> Visitor:
        return Visitor(client=self.app.test_client(), htmx=htmx)

    def deliver(self) -> None:
        """Do a worker's work: send everything that is due."""
        from trustweb.delivery import outbox

        with self.core.database.reading() as work:
            ids = list(outbox.due(work))
        for delivery_id in ids:
            self.core.sender.deliver(delivery_id)

    def messages(self, number: str) -> list:
        self.deliver()
        sent = [*self.texts.messages, *self.calls.messages, *self.mails.messages]
        return [each for each in sent if each.destination == number]

    def code(self, number: str = MOBILE) -> str:
        """The newest code that a phone got."""
        return next(each.code for each in reversed(self.messages(number)) if each.code)

    def account(self, name: str = ALICE, *, numbers: tuple[str, ...] = (), age: timedelta | None = None) -> Account:
        """A person with a password, and with numbers that were added ``age`` ago (default: two days)."""
        now = self.clock.now
        hashed = _hash(self.core.hasher)
        with self.core.database.writing() as work:
            account = Account(
                id=accounts.next_id(work), name=name, name_key=accounts.name_key(name), role=accounts.PERSON,
                language="en", time_zone="UTC",
                password_hash=hashed, password_changed_at=now, created_at=now,
            )  # fmt: skip
            work.db.add(account)
            work.db.flush()
            for number in numbers:
                self._number(work, account, number, now - (timedelta(days=2) if age is None else age))
        return account

    def factor(self, work, account: Account, kind: str, label: str = "", added: datetime | None = None) -> Factor:
        """One that was added two days ago, unless told; its kind's own row is the caller's."""
        added = added or self.clock.now - timedelta(days=2)
        factor = Factor(
            account_id=account.id, kind=kind, label=label, added_at=added, last_proved_at=added,
            trusted_from=added + timedelta(seconds=work.config.trust_age),
        )  # fmt: skip
        work.db.add(factor)
        work.db.flush()
        mine = work.db.get_one(Account, account.id)
        mine.two_factor_since = mine.two_factor_since or added
        return factor

    def _number(self, work, account: Account, number: str, added: datetime) -> None:
        phone = parse(number, "")
        factor = self.factor(work, account, TRUSTED_NUMBER, added=added)
        work.db.add(
            TrustedNumber(
                factor_id=factor.id, account_id=account.id, number=phone.number, region=phone.region,
                line=phone.line, method=phone.methods[0],
            )
        )  # fmt: skip

    def signed_in(self, name: str = ALICE, *, number: str = MOBILE, htmx: bool = False) -> Visitor:
        """A browser that has signed in, with a code when the account wants one."""
        visitor = self.visitor(htmx=htmx)
        visitor.get("/sign-in").submit("Sign In", account=name, password=PASSWORD)
        if visitor.path == "/sign-in/code":
            if re.search("How do you want|trusted devices|authenticator app shows", visitor.text):
                from trustweb.phone_numbers import mask

                visitor.submit(f"Text me at {mask(number)}")
            visitor.submit("Continue", verification_code=self.code(number))
        return visitor

    def database_text(self) -> str:
        """Everything that the database holds, as text."""
        import sqlite3

        with sqlite3.connect(self.core.config.instance / "trustweb.db") as connection:
            return "\n".join(connection.iterdump())
