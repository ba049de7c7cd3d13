"""An owner with a journal, what they may do to it, and somebody who goes at the database by hand."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import CliRunner, Result
from sqlalchemy import text

from trustweb import accounts, cli, journal, one_time_code
from trustweb.authentication import sessions, sign_in
from trustweb.authentication.sign_in import Browser
from trustweb.codes import challenges
from trustweb.codes.challenges import ADD_NUMBER, SIGN_IN, CodeWrong
from trustweb.database import Database, Origin
from trustweb.factors import enrolled, trusted_numbers
from trustweb.journal import Entry
from trustweb.models import Account
from trustweb.models.journal import triggers
from trustweb.phone_numbers import parse

from .kit import ALICE, FIXED, MOBILE, OTHER_MOBILE, PASSWORD, Kit

HERE = Origin("192.0.2.7", "Firefox, Linux")
LABEL = "Mum"


def entries(kit: Kit, account: Account) -> list[Entry]:
    """Oldest first."""
    with kit.core.database.reading() as work:
        return journal.everything(work, account.id)[::-1]


def by_hand(kit: Kit, *statements: str, **values: object) -> None:
    """What somebody does who may do everything to the database: take the triggers off, and put them back."""
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
        with self.database.writing() as work:
            start = sessions.start
            self.session, _ = start(work, self.account.id, stage=sessions.FULL, known_browser=True)
            self.half, _ = start(work, self.account.id, stage=sessions.PASSWORD, known_browser=False)
            self.numbers = enrolled.of(work, self.account.id).numbers
            trusted_numbers.send_code(
                work, self.session, parse(FIXED, ""), label=LABEL, method="call", accepted=frozenset(), address="",
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
            old = accounts.credentials_again(work, self.account.id).password_hash
            sign_in.change_password(work, self.session, checked_hash=old, new_hash="new")

    def set_password(self) -> None:
        with self.database.writing(self.account.id) as work:
            sign_in.set_password(work, self.account.id, "new")

    def disable(self, disabled: bool = True) -> None:
        with self.database.writing(self.account.id) as work:
            accounts.disable(work, self.account.id, disabled)

    def enter_password(self) -> None:
        sign_in.with_password(
            self.database, self.hasher, name=ALICE, password=PASSWORD, address="", browser=Browser("", ""), origin=HERE
        )

    def enter_code(self) -> None:
        code = self.code(SIGN_IN)
        with self.database.writing(self.account.id, HERE) as work:
            sign_in.with_code(work, self.half, code, browser=Browser("", ""))

    def sign_out(self) -> None:
        with self.database.writing(self.account.id, HERE) as work:
            sessions.sign_out(work, self.session)

    def mistype(self) -> None:
        code = f"{(int(self.code(SIGN_IN)) + 1) % 1_000_000:06}"
        try:
            with self.database.writing(self.account.id, HERE) as work:
                sign_in.with_code(work, self.half, code, browser=Browser("", ""))
        except CodeWrong:
            pass


NUMBER = {"number": "+44 •••• ••••56"}
ACTS: dict[str, tuple[Callable[[Owner], None], dict[str, str]]] = {
    "number_added": (Owner.add_number, {"number": "+44 •• •••• ••00", "label": LABEL, "method": "call"}),
    "number_changed": (Owner.change_number, NUMBER | {"label": LABEL, "method": "call"}),
    "number_removed": (Owner.remove_number, NUMBER | {"label": "", "method": "text"}),
    "password_changed": (Owner.change_password, {}),
    "password_set": (Owner.set_password, {}),
    "account_disabled": (Owner.disable, {}),
    "signed_in": (Owner.enter_code, NUMBER | {"method": "text"}),
    "signed_out": (Owner.sign_out, {}),
}
