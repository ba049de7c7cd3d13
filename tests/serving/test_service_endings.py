"""Every ending, on a site of two web processes, a worker and PostgreSQL: at the next request nothing opens any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.support.guests import EVERYTHING, OFFLINE, Guest, Place, place_of
from tests.support.http_client import Visitor
from tests.support.kit import PASSWORD
from tests.support.notices import NOT_ME
from tests.support.service_endings import session_by
from tests.support.services import Postgres, Redis
from trustweb import deletion, notices
from trustweb.delivery import messages
from trustweb.factors import trusted_devices, trusted_numbers
from trustweb.models import Account, Delivery, Factor
from trustweb.recovery import renewal
from trustweb.work import Work

pytestmark = pytest.mark.slow
NEW = "staple battery horse"


@pytest.fixture(scope="module")
def place(postgres: Postgres, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    servers = {"TRUSTWEB_DATABASE_URL": postgres.new_database(), "TRUSTWEB_QUEUE_URL": redis.new_database()}
    with place_of(tmp_path_factory.mktemp("endings") / "instance", servers) as place:
        yield place


def browser(guest: Guest) -> Visitor:
    assert guest.visitor is not None
    return guest.visitor


def do(guest: Guest, act: Callable[[Work], object]) -> None:
    with guest.place.desk.database.writing(guest.account.id) as work:
        act(work)


def cli(guest: Guest, *words: str) -> None:
    done = guest.place.site.cli(*words)
    assert done.returncode == 0, done.stderr


def sign_out(guest: Guest) -> None:
    browser(guest).submit("Sign out")


def sign_out_elsewhere(guest: Guest) -> None:
    guest.place.desk.arrive(guest.account.name).get("/account").post("/security/devices/sign-out-everywhere")


def choose_a_password(guest: Guest) -> None:
    page = browser(guest).get("/security/password")
    page.submit("Change password", current_password=PASSWORD, new_password=NEW)


def say_not_me(guest: Guest) -> None:
    do(guest, lambda work: notices.tell(work, guest.account.id, "password_changed"))
    with guest.place.desk.database.reading() as work:
        row = work.db.scalars(select(Delivery).where(Delivery.account_id == guest.account.id)).all()[-1]
        word = messages.stop_word(work.keys, row.id, guest.account.id, row.from_seq)
    Visitor(guest.place.site.url).get(f"/not-me/{word}").submit(NOT_ME)


def recover(guest: Guest) -> None:
    do(guest, lambda work: renewal.begin_anew(work, guest.account.id, "new", "another browser"))


def disable(guest: Guest) -> None:
    cli(guest, "account", "disable", guest.account.name)


def own(guest: Guest, label: str) -> str:
    with guest.place.desk.database.reading() as work:
        mine = Factor.account_id == guest.account.id, Factor.label == label
        return work.db.scalars(select(Factor.public_id).where(*mine)).one()


def remove_number(guest: Guest) -> None:
    with guest.place.desk.database.writing() as work:
        guest.place.desk._number(work, guest.account, "+447400123456", work.now - timedelta(days=2))
    owner = session_by(guest.place.desk, guest.account.id)
    do(guest, lambda work: trusted_numbers.remove(work, owner, own(guest, "lost")))


def remove_device(guest: Guest) -> None:
    do(guest, lambda work: trusted_devices.trust(work, guest.session, "Lost phone"))
    do(guest, lambda work: work.db.execute(update(Factor).values(trusted_from=work.now - timedelta(days=1))))
    owner = session_by(guest.place.desk, guest.account.id)
    do(guest, lambda work: trusted_devices.remove(work, owner, own(guest, "Lost phone")))


def delete_account(guest: Guest) -> None:
    due = update(Account).where(Account.id == guest.account.id)
    do(guest, lambda work: work.db.execute(due.values(deletes_at=work.now - timedelta(seconds=1))))
    deletion.delete_due(guest.place.desk.database)


def remove_service(guest: Guest) -> None:
    cli(guest, "service", "remove", guest.service, "--yes")


def leave_the_group(guest: Guest) -> None:
    cli(guest, "group", "remove", "family", guest.account.name)


def raise_needs(guest: Guest) -> None:
    guest.app.change(needs="passkey")


def press_on_card(guest: Guest, act: str) -> None:
    page = browser(guest).get(f"/security/services/{guest.service}/{act}")
    page.submit(f"/security/services/{guest.service}/{act}")


def withdraw(guest: Guest) -> None:
    press_on_card(guest, "withdraw")


def sign_out_there(guest: Guest) -> None:
    press_on_card(guest, "sign-out")


IN_BROWSER = [sign_out_elsewhere, choose_a_password, recover, disable, delete_account, withdraw, sign_out_there]
BY_PHONE = [say_not_me, remove_number, remove_device]
UNHEARD = [leave_the_group, raise_needs, remove_service]
"""The app hears of these when it asks: the service is shut, or not there any more."""


def test_at_first_everything_opens(place: Place) -> None:
    assert place.guest().opens() == place.guest(signs_in=False).opens() == EVERYTHING


@pytest.mark.parametrize("way", [*IN_BROWSER, *BY_PHONE, *UNHEARD])
def test_after_every_ending_nothing_opens_at_the_next_request(place: Place, way: Callable[[Guest], None]) -> None:
    guest = place.guest(signs_in=way not in BY_PHONE)

    way(guest)

    assert guest.opens() == set()
    if way not in UNHEARD:
        place.hears_of(guest)


def test_signing_out_leaves_what_was_made_to_outlive_it(place: Place) -> None:
    guest = place.guest()

    sign_out(guest)

    assert guest.opens() == OFFLINE
    place.hears_of(guest)
