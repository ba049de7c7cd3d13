"""TRUSTWEB_SERVICES becomes rows once; app-specific passwords of before go on opening what they opened."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine, select, text

from tests.support.old_database import INSERT_PERSON, OldNames
from trustweb import keys, schema
from trustweb.config import Config
from trustweb.database import Database
from trustweb.factors.app_passwords import Parts
from trustweb.models import Service
from trustweb.services import programs
from trustweb.services.programs import Caller

INSERT_PASSWORD = text("""INSERT INTO app_password (account_id, public_id, name, service, handle, mac, created_at)
    VALUES (1, 'p', 'Thunderbird', 'contacts', 'hhhhhhhh', :mac, '2026-03-12 09:00:00')""")
PARTS = Parts("h" * 8, "s" * 20)


def names(settings: Config) -> list[tuple[str, bool, str]]:
    database = Database(settings, keys.load(settings))
    with database.reading() as work:
        found = work.db.execute(select(Service.name, Service.program, Service.user_is).order_by(Service.id))
        rows = [tuple(each) for each in found]
    database.close()
    return rows  # type: ignore[return-value]


def upgrade(old: OldNames, services: str) -> Config:
    settings = replace(old.settings, services=services)
    schema.upgrade(settings, keys.load(settings))
    return settings


def fill(engine: Engine, mac: str) -> None:
    with engine.begin() as connection:
        person = {"id": 1, "name": "alice@example.com", "key": "alice@example.com", "created": "2026-03-12 09:00:00"}
        connection.execute(INSERT_PERSON, person)
        connection.execute(text("UPDATE account SET two_factor_since = '2026-03-12 09:00:00'"))
        connection.execute(INSERT_PASSWORD, {"mac": mac})


def test_the_programs_of_an_installation_from_before_stay_in(old: OldNames) -> None:
    fill(old.engine, PARTS.mac(keys.load(old.settings), 1, "contacts"))

    settings = upgrade(old, "calendar,contacts")
    database = Database(settings, keys.load(settings))
    heard = programs.check(database, "contacts", "alice@example.com", str(PARTS), Caller("", str))
    database.close()

    assert heard == "alice@example.com"
    assert names(settings) == [("calendar", True, "name"), ("contacts", True, "name")]


def test_a_service_that_was_removed_does_not_come_back(old: OldNames) -> None:
    settings = upgrade(old, "calendar,contacts")
    with old.engine.begin() as connection:
        connection.execute(text("DELETE FROM service WHERE name = 'calendar'"))

    upgrade(old, "calendar,contacts,wiki")

    assert [name for name, *_ in names(settings)] == ["contacts"]


def test_without_the_setting_they_are_mail_and_calendar(old: OldNames) -> None:
    settings = upgrade(old, old.settings.services)

    assert [name for name, *_ in names(settings)] == ["mail", "calendar"]
