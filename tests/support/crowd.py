"""Many people at a running site, made in its database, and requests that start at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TypeVar

from phonenumbers import PhoneNumberFormat, PhoneNumberType, example_number_for_type, format_number
from sqlalchemy import func, select, update

from tests.support.http_client import Visitor
from tests.support.kit import PASSWORD, Kit
from tests.support.site import Site
from trustweb import config, keys
from trustweb.authentication.passwords import Hasher
from trustweb.clock import utc_now
from trustweb.database import Database
from trustweb.models import Challenge, Delivery
from trustweb.phone_numbers import mask

T = TypeVar("T")

# Mobile numbers that nobody has, one a country, so that no test hears another one's messages.
COUNTRIES = ("DE", "FR", "ES", "NL", "BE", "AT", "CH", "SE", "NO", "DK", "FI", "PL", "CZ", "PT", "IE", "GR", "HU",
             "RO", "BG", "HR", "SI", "SK", "LT", "LV", "EE", "LU", "MT", "CY", "TR", "IL", "ZA", "AU", "NZ", "JP",
             "TH", "VN", "MY", "PK", "NG", "KE", "GH", "MA", "TN", "EG")  # fmt: skip
MOBILES = [
    format_number(example_number_for_type(region, PhoneNumberType.MOBILE), PhoneNumberFormat.E164)
    for region in COUNTRIES
]


class Desk(Kit):
    """Makes people as Kit does, but in a running site's own database, and counts what is in there."""

    def __init__(self, site: Site) -> None:
        self.site = site
        settings = config.load(site.environment)
        self.database = Database(settings, keys.load(settings))
        self.core = SimpleNamespace(database=self.database, hasher=Hasher(settings))  # type: ignore[assignment]
        self.clock = SimpleNamespace(now=utc_now())  # type: ignore[assignment]

    def count(self, table: type, **equal: object) -> int:
        with self.database.reading() as work:
            return int(work.db.scalar(select(func.count()).select_from(table).filter_by(**equal)) or 0)

    def deliveries(self, number: str) -> list[Delivery]:
        with self.database.reading() as work:
            rows = select(Delivery).where(Delivery.destination == number).order_by(Delivery.id)
            return list(work.db.scalars(rows))

    def end_cool_down(self) -> None:
        """Let a new code be sent at once: the shortest pause that can be set is ten seconds."""
        with self.database.writing() as work:
            work.db.execute(update(Challenge).values(next_send_at=work.now))

    def arrive(self, name: str, **options: object) -> Visitor:
        """A browser that has given the right password: at the code page, or signed in when there is no number."""
        visitor = Visitor(self.site.url, **options)  # type: ignore[arg-type]
        visitor.get("/sign-in").submit("Sign In", account=name, password=PASSWORD)
        assert visitor.path in ("/sign-in/code", "/security", "/security/two-factor"), visitor.text
        return visitor

    def close(self) -> None:
        self.database.close()


@contextmanager
def desk_of(site: Site) -> Iterator[Desk]:
    desk = Desk(site)
    yield desk
    desk.close()


def press(visitor: Visitor, number: str, method: str = "Text") -> Visitor:
    """Ask for a code on the page where one picks a number."""
    return visitor.submit(f"{method} me at {mask(number)}")


def twins(visitor: Visitor, count: int) -> list[Visitor]:
    """The same browser many times over, each with cookies of its own: none sees what another is given."""
    made = []
    for _ in range(count):
        twin = visitor.tab()
        twin._wire.session.cookies = visitor._wire.session.cookies.copy()  # type: ignore[union-attr]
        made.append(twin)
    return made


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """Do all of it in the same moment, each in its own thread."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        start.wait(30)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def everybody(visitors: Sequence[Visitor], act: Callable[[Visitor], T]) -> list[T]:
    for visitor in visitors:
        # The server ends idle connections after two seconds, maybe just when one is used again.
        visitor._wire.session.close()  # type: ignore[union-attr]
    return at_once([lambda each=visitor: act(each) for visitor in visitors])  # type: ignore[misc]


def add_number(visitor: Visitor, number: str, method: str = "text") -> Visitor:
    """Ask for the code that proves a new number, up to the field where the code is typed."""
    return visitor.get("/security/numbers/add").submit("Continue", phone_number=number, verify_with=method)
