"""An owner with a journal, all acts that it notes, and changes of it by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import select, text

from tests.support.kit import ALICE, FIXED, MOBILE, NETWORK, OTHER_MOBILE, PASSWORD, Kit
from tests.support.push_service import Subscriber
from tests.support.statements import executed
from trustweb import accounts, cli, journal, one_time_code
from trustweb.authentication import password_sign_in, sessions, sign_in
from trustweb.authentication.sign_in import Browser
from trustweb.codes import challenges
from trustweb.codes.challenges import ADD_NUMBER, DEVICE, SIGN_IN, CodeWrong
from trustweb.database import Database
from trustweb.factors import enrolled, notifications, prompts, trusted_devices, trusted_numbers
from trustweb.journal import Entry
from trustweb.models import Account, JournalEntry
from trustweb.models.journal import triggers
from trustweb.phone_numbers import parse
from trustweb.work import Origin

HERE = Origin("192.0.2.7", "Firefox, Linux")
THERE = Origin("203.0.113.9", "Safari, iPhone")
LABEL = "Mum"


def entries(kit: Kit, account: Account) -> list[Entry]:
    """Oldest first."""
    with kit.core.database.reading() as work:
        return journal.latest(work, account.id, journal.NEWEST)[::-1]


def journal_events(kit: Kit) -> list[str]:
    """Return the names of all events of all accounts, oldest first."""
    with kit.core.database.reading() as work:
        return list(work.execute(select(JournalEntry.event).order_by(JournalEntry.id)).scalars())


@contextmanager
def asked(kit: Kit) -> Iterator[list[str]]:
    """The statements that touch the journal, by their first word."""
    found: list[str] = []
    with executed(kit.core.database) as done:
        yield found
    found.extend(each.sql.split()[0] for each in done if "journal_" in each.sql)


def by_hand(kit: Kit, *statements: str, **values: object) -> None:
    """Change the database with all rights: without its triggers, which are put back."""
    with kit.core.database.writing() as work:
        every = triggers(work.connection.dialect.name)
        for each in every:
            if each.startswith("DROP"):
                work.connection.exec_driver_sql(each)
        for each in statements:
            work.execute(text(each), values)
        for each in every:
            work.connection.exec_driver_sql(each)


def run(kit: Kit, *arguments: str) -> Result:
    config = kit.core.config
    environ = {"TRUSTWEB_INSTANCE": str(config.instance), "TRUSTWEB_DATABASE_URL": config.database}
    return CliRunner().invoke(cli.main, arguments, env=environ)


def note(kit: Kit, account: Account, event: str = "signed_in") -> None:
    with kit.core.database.writing(account.id, HERE) as work:
        journal.write(work, account.id, event, number="+44 •••• ••••56")


def history(kit: Kit) -> Account:
    """Three entries, an hour apart."""
    account = kit.account()
    for _ in range(3):
        note(kit, account)
        kit.clock.forward(hours=1)
    return account


class Owner:
    """Somebody with two numbers, signed in; each act is a transaction of its own."""

    def __init__(self, kit: Kit, numbers: tuple[str, ...] = (MOBILE, OTHER_MOBILE)) -> None:
        self.database: Database = kit.core.database
        self.hasher = kit.core.hasher
        self.account = kit.account(numbers=numbers)
        with self.database.writing(origin=THERE) as work:
            start = sessions.start
            self.session, _ = start(work, self.account.id, stage=sessions.FULL, known_browser=True, browser_hash="here")
            self.half, _ = start(
                work, self.account.id, stage=sessions.PASSWORD, known_browser=False, browser_hash="there"
            )
            self.numbers = enrolled.of(work, self.account.id).numbers
            trusted_numbers.send_code(
                work, self.session, parse(FIXED, ""), label=LABEL, method="call", accepted=frozenset(), network=NETWORK,
                seen_token="",
            )  # fmt: skip
            if self.numbers:
                sign_in.send_code(work, self.half, SIGN_IN, self.numbers[0].public_id, "text", seen_token="")

    def code(self, purpose: str) -> str:
        with self.database.reading() as work:
            challenge = challenges.live(work, self.session if purpose == ADD_NUMBER else self.half, purpose)
            assert challenge is not None
            return one_time_code.derive(challenge, work.keys)

    def add_number(self) -> None:
        code = self.code(ADD_NUMBER)
        with self.database.writing(self.account.id, HERE) as work:
            trusted_numbers.verify(work, self.session, code)

    def change_number(self, label: str = LABEL) -> None:
        with self.database.writing(self.account.id, HERE) as work:
            trusted_numbers.change(work, self.session, self.numbers[0].public_id, label=label, method="call")

    def remove_number(self) -> None:
        with self.database.writing(self.account.id, HERE) as work:
            trusted_numbers.remove(work, self.session, self.numbers[0].public_id)

    def change_password(self) -> None:
        with self.database.writing(self.account.id, HERE) as work:
            old = accounts.credentials_by_id(work, self.account.id).password_hash
            sign_in.change_password(work, self.session, checked_hash=old, new_hash="new")

    def set_password(self) -> None:
        with self.database.writing(self.account.id) as work:
            sign_in.set_password(work, self.account.id, "new")

    def disable(self, disabled: bool = True) -> None:
        with self.database.writing(self.account.id) as work:
            accounts.disable(work, self.account.id, disabled)

    def enter_password(self) -> None:
        password_sign_in.with_password(
            self.database,
            self.hasher,
            name=ALICE,
            password=PASSWORD,
            network=NETWORK,
            browser=Browser("", ""),
            origin=HERE,
        )

    def enter_code(self) -> None:
        code = self.code(SIGN_IN)
        with self.database.writing(self.account.id, HERE) as work:
            sign_in.with_code(work, self.half, code, browser=Browser("", ""))

    def sign_out(self) -> None:
        with self.database.writing(self.account.id, HERE) as work:
            sessions.sign_out(work, self.session)

    def sign_out_others(self) -> None:
        with self.database.writing(self.account.id, HERE) as work:
            sessions.sign_out_others(work, self.session)

    def trust_browser(self) -> None:
        with self.database.writing(self.account.id, HERE) as work:
            self.cookie = trusted_devices.trust(work, self.session, HERE.browser)

    def mistype(self) -> None:
        code = f"{(int(self.code(SIGN_IN)) + 1) % 1_000_000:06}"
        try:
            with self.database.writing(self.account.id, HERE) as work:
                sign_in.with_code(work, self.half, code, browser=Browser("", ""))
        except CodeWrong:
            pass


class Trusting(Owner):
    """The same, with a trusted browser, on which somebody elsewhere is shown who has typed the password."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.notifier = kit.core.routes.notifier
        self.trust_browser()
        with self.database.writing() as work:
            sign_in.send_code(work, self.half, SIGN_IN, "", DEVICE, seen_token="")
            (here,) = prompts.of_browser(work, [self.cookie])
            self.device, (prompt,) = here.device, here.prompts
            self.prompt = prompt.challenge.public_id

    def rename_device(self, label: str = "Kitchen") -> None:
        with self.database.writing(self.account.id, HERE) as work:
            trusted_devices.rename(work, self.session, self.device.public_id, label)

    def remove_device(self) -> None:
        with self.database.writing(self.account.id, HERE) as work:
            trusted_devices.remove(work, self.session, self.device.public_id)

    def notify(self) -> None:
        with self.database.writing(self.account.id, HERE) as work:
            notifications.turn_on(work, self.session, self.notifier, Subscriber("https://fcm.googleapis.com/x").says)

    def allow(self) -> None:
        with self.database.writing(self.account.id, HERE) as work:
            prompts.allow(work, self.device, self.prompt)

    def deny(self) -> None:
        with self.database.writing(self.account.id, HERE) as work:
            prompts.deny(work, self.device, self.prompt)


class Notified(Trusting):
    """The same, and the trusted browser is told of sign-ins."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.notify()

    def stop_notifying(self) -> None:
        with self.database.writing(self.account.id, HERE) as work:
            notifications.turn_off(work, self.session)


NUMBER = {"number": "+44 •••• ••••56"}
NAME = {"label": HERE.browser}
ASKING = NAME | {"purpose": SIGN_IN, "browser": THERE.browser, "address": THERE.address}
ACTS: dict[str, tuple[type[Owner], Callable[[Any], None], dict[str, str]]] = {
    "number_added": (Owner, Owner.add_number, {"number": "+44 •• •••• ••00", "label": LABEL, "method": "call"}),
    "number_changed": (Owner, Owner.change_number, NUMBER | {"label": LABEL, "method": "call"}),
    "number_removed": (Owner, Owner.remove_number, NUMBER | {"label": "", "method": "text"}),
    "password_changed": (Owner, Owner.change_password, {}),
    "password_set": (Owner, Owner.set_password, {}),
    "account_disabled": (Owner, Owner.disable, {}),
    "signed_in": (Owner, Owner.enter_code, NUMBER | {"method": "text"}),
    "signed_out": (Owner, Owner.sign_out, {}),
    "others_signed_out": (Owner, Owner.sign_out_others, {}),
    "device_trusted": (Owner, Owner.trust_browser, NAME),
    "device_renamed": (Trusting, Trusting.rename_device, {"label": "Kitchen", "before": HERE.browser}),
    "notifications_on": (Trusting, Trusting.notify, NAME),
    "notifications_off": (Notified, Notified.stop_notifying, NAME),
    "device_removed": (Trusting, Trusting.remove_device, NAME),
    "prompt_allowed": (Trusting, Trusting.allow, ASKING),
    "prompt_denied": (Trusting, Trusting.deny, ASKING),
}
