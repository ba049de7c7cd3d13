"""Commands about services that run at the same moment, on both databases."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select

from tests.support.crowd import at_once
from tests.support.kit import Kit
from trustweb.config import ConfigError
from trustweb.models import Service
from trustweb.services import administration, definitions

PHOTOS = {"oidc": True, "redirect-uri": "https://photos.example.com/callback"}
SITE = {"browser": True, "origin": "https://photos.example.com"}


def add(kit: Kit, name: str, values: dict[str, object]) -> str:
    try:
        with kit.core.database.writing() as work:
            wanted = definitions.read(name, values, work.config)
            administration.require_new(work, name)
            administration.plan(work, [wanted])
            made = administration.put(work, wanted)
    except ConfigError as refused:
        return str(refused).partition(" ")[0]
    return "made" if made else "no secret"


def names(kit: Kit) -> list[str]:
    with kit.core.database.reading() as work:
        return list(work.db.scalars(select(Service.name).where(~Service.program).order_by(Service.name)))


def test_of_one_name_added_eight_times_at_once_there_is_one(racing: Kit) -> None:
    done = Counter(at_once([lambda: add(racing, "photos", PHOTOS)] * 8))

    assert done.pop("made") == 1
    assert set(done) <= {"There", "Another"}
    assert names(racing) == ["photos"]


def test_of_one_origin_for_eight_services_at_once_one_has_it(racing: Kit) -> None:
    done = Counter(at_once([lambda at=at: add(racing, f"site-{at}", SITE) for at in range(8)]))

    assert done.pop("no secret") == 1
    assert sum(done.values()) == 7
    assert len(names(racing)) == 1


def test_of_many_new_secrets_at_once_one_is_made(racing: Kit) -> None:
    add(racing, "photos", PHOTOS)

    def renew() -> str:
        try:
            with racing.core.database.writing() as work:
                return administration.renew_secret(work, "photos").client_id and "made"
        except ConfigError:
            return "refused"

    assert Counter(at_once([renew] * 8)) == {"made": 1, "refused": 7}
