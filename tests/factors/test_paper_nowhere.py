"""Recovery keys and backup codes are in no database, no log and no address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import update

from tests.support.http_client import Visitor
from tests.support.kit import MOBILE, Kit
from tests.support.paper import CODE, KEY, ON_PAPER, give_codes, give_key, make_codes, make_key, show_key, use_paper
from tests.support.sign_in import enter_password
from trustweb import keys, schema
from trustweb.factors import backup_codes, recovery_key
from trustweb.models import BackupCode, BackupCodes, NewRecoveryKey

NEW = f"new:{'B' * 43}="


def spelled(secret: str) -> set[str]:
    """Return the ways of storing a secret: whole, in groups, or half of it."""
    bare = secret.replace("-", "")
    return {secret, bare, bare[:10], bare[-10:], bare.lower(), secret.lower()}


def found_in(text: str, secrets: list[str]) -> list[str]:
    return [each for each in secrets if any(form in text for form in spelled(each))]


def everywhere(kit: Kit) -> Iterator[str]:
    yield kit.database_text()
    for path in kit.core.config.instance.rglob("*"):
        if path.is_file():
            yield path.read_bytes().decode("latin-1")


@pytest.fixture
def alice(kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return kit.signed_in()


def test_neither_key_nor_codes_are_in_the_database_a_log_or_an_address(
    kit: Kit, alice: Visitor, logged: list[str]
) -> None:
    paths: list[str] = []
    shown = show_key(alice)
    waiting = list(everywhere(kit))
    alice.submit(ON_PAPER).submit("Confirm", typed=shown[:-1]).submit("Confirm", typed=shown)
    paths.append(alice.url)
    codes = make_codes(alice)
    paths.append(alice.url)
    for way, typed in ((KEY, shown), (CODE, codes[0]), (CODE, codes[0])):
        paths.append(use_paper(enter_password(kit), way, typed).url)
    alice.get("/security")

    for place in (*waiting, *everywhere(kit), "\n".join(logged), "\n".join(paths), alice.body):
        assert found_in(place, [shown, *codes]) == []
    assert "/sign-in/code/with/<way>" in "\n".join(logged)


def test_what_waits_to_be_typed_is_sealed_for_that_and_nothing_else(kit: Kit, alice: Visitor) -> None:
    key = show_key(alice)

    with kit.core.database.reading() as work:
        sealed = work.db.query(NewRecoveryKey).one().secret
        assert work.keys.open("recovery key", sealed).decode() == key.replace("-", "")
        with pytest.raises(ValueError, match="another use"):
            work.keys.open("backup codes", sealed)


def test_two_sets_have_nothing_in_common(kit: Kit) -> None:
    """The same code in two sets has two hashes, so a table of all codes would have to be made for each."""
    first, second = (backup_hash(kit, name) for name in ("one@example.com", "two@example.com"))

    assert first != second


def backup_hash(kit: Kit, name: str) -> str:
    kit.account(name, numbers=(MOBILE,))
    kit.clock.forward(minutes=11)
    make_codes(kit.signed_in(name))
    with kit.core.database.reading() as work:
        sealed = work.db.query(BackupCodes).order_by(BackupCodes.factor_id.desc()).first()
        assert sealed
        assert work.db.query(BackupCode).filter_by(factor_id=sealed.factor_id).count() == 10
        return backup_codes._hash(work.keys.open("backup codes", sealed.secret), "0" * 10)


@pytest.fixture
def forgetting(kit: Kit) -> Iterator[Callable[[], str]]:
    """Put a new key into the ring and forget the old one."""
    settings = kit.core.config
    ring = settings.key_file.read_text()

    def forget() -> str:
        settings.key_file.write_text(f"{NEW}\n{ring}")
        schema.upgrade(settings, keys.load(settings))
        schema.forget_key(settings, kit.core.keys.newest)
        return NEW

    yield forget
    settings.key_file.write_text(ring)


def test_backup_codes_outlive_the_key_that_sealed_their_secret(kit: Kit, forgetting: Callable[[], str]) -> None:
    give_codes(kit, kit.account(numbers=(MOBILE,)))

    ring = keys.parse(forgetting())

    with kit.core.database.reading() as work:
        assert ring.open("backup codes", work.db.query(BackupCodes).one().secret) == b"s" * 32


def lose_the_ring(kit: Kit, table: type) -> None:
    with kit.core.database.writing() as work:
        sealed = work.db.query(table.secret).limit(1).scalar()
        work.db.execute(update(table).values(secret=re.sub("^[^:]*", "gone", sealed)))


def test_without_the_ring_a_recovery_key_still_works(kit: Kit) -> None:
    account = kit.account(numbers=(MOBILE,))
    key = give_key(kit, account)

    with kit.core.database.writing(account.id) as work:
        work.keys = keys.parse(NEW)
        assert recovery_key.prove(work, account.id, key)


def test_without_the_ring_what_is_sealed_is_lost_and_that_is_no_error(kit: Kit, alice: Visitor) -> None:
    key, codes = make_key(alice), make_codes(alice)
    shown = show_key(alice)
    lose_the_ring(kit, BackupCodes)
    lose_the_ring(kit, NewRecoveryKey)

    assert "That is none of your backup codes" in use_paper(enter_password(kit), CODE, codes[0]).text
    assert alice.submit(ON_PAPER).submit("Confirm", typed=shown).path == "/security"
    assert use_paper(enter_password(kit), KEY, key).path == "/security"
