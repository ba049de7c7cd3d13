"""``trustweb service apply``: a file of many services, all of them or none, and what it says first."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from tests.support.kit import ALICE, BOB, EVE, MOBILE, OTHER_MOBILE, Kit
from tests.support.programs import ask, give
from tests.support.service_commands import PHOTOS, definition, done, none, refused, rows, run, said
from trustweb.models import PASSKEY, Account, AppPassword, Passkey, Service

pytestmark = pytest.mark.slow

APPLY = ("service", "apply", "-")
FILE = """
[photos]
title = "Our Photos"
oidc = true
redirect-uri = ["https://photos.example.com/callback", "https://photos.example.com/silent"]
read-by = ["mail"]
needs = "two-factor"
within = "15m"

[mail]
program = true
user = "name"
"""


@pytest.fixture
def kit(kit_now: Kit) -> Kit:
    none(kit_now)
    return kit_now


def test_many_are_made_at_once_and_each_new_app_gets_its_secret_once(kit: Kit) -> None:
    first = done(kit, *APPLY, typed=FILE)
    second = done(kit, *APPLY, typed=FILE)

    assert first.startswith("photos: new (oidc)\nmail: new (program)\nphotos:\n  client_id: ")
    assert second == "photos: as it is\nmail: as it is\n"
    assert definition(kit, "photos").within == 900


def test_as_json_it_says_the_same(kit: Kit) -> None:
    new, _ = said(kit, *APPLY, typed=FILE)
    changed, same = said(kit, *APPLY, typed=FILE.replace('"15m"', "60").replace('"Our Photos"', '"Photos"'))

    assert (new["state"], len(new["client_secret"])) == ("new", 64)
    assert changed == {
        "name": "photos", "state": "changed", "kept_out": 0, "app_passwords_revoked": 0,
        "changes": {"title": {"from": "Our Photos", "to": "Photos"}, "within": {"from": 900, "to": 60}},
    }  # fmt: skip
    assert same["state"] == "same"


def test_a_check_says_what_would_change_and_changes_nothing(kit: Kit) -> None:
    done(kit, *APPLY, typed=FILE)
    before = rows(kit)

    text = done(kit, *APPLY, "--check", typed=FILE.replace('"15m"', '"1h"') + '[wiki]\nprogram = true\ngroup = "a"')

    assert text == "photos: within: 900 → 3600\nmail: as it is\nwiki: new (program)\n"
    assert rows(kit) == before


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ("[wiki]\nprogram = true\nclient-secret = 'x'", "take client-secret out"),
        ("[wiki]\nprogram = 1", "true or false"),
        ("[wiki]\nbrowser = true\norigin = 'http://wiki.localhost'\n[b]\nbrowser = true\norigin='http://wiki.localhost'",
         "is the host of wiki"),
        ("[wiki]\noidc = true\nredirect-uri = 'https://x.example/'\nread-by = ['door']", "no such service"),
        ("[wiki", "is no TOML"), ("secret = 'x'", "mail: take secret out"),
    ],
)  # fmt: skip
def test_all_of_a_file_or_nothing(kit: Kit, more: str, part: str) -> None:
    assert part in refused(kit, *APPLY, typed=f"{FILE}{more}")


def test_a_fault_in_the_middle_of_writing_leaves_nothing(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    with kit.core.database.writing() as work:
        work.connection.exec_driver_sql(
            "CREATE TRIGGER no_mail BEFORE INSERT ON service WHEN NEW.name = 'mail' "
            "BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
    said = refused(kit, *APPLY, typed=FILE)
    with kit.core.database.writing() as work:
        work.connection.exec_driver_sql("DROP TRIGGER no_mail")

    assert rows(kit) == []
    assert said


def test_bytes_that_are_no_text_are_one_sentence(kit: Kit, tmp_path) -> None:
    (tmp_path / "services.toml").write_bytes(b"[photos]\xff")

    assert refused(kit, "service", "apply", str(tmp_path / "services.toml")).endswith("no text in UTF-8.")


def test_what_show_prints_can_be_applied(kit: Kit) -> None:
    title = ("--title", 'Ünser "Wiki" \\ 🎉', "--needs", "passkey", "--within", "1h", "--group", "a", "--group", "b")
    done(kit, "service", "add", *PHOTOS, *title, "--browser", "--origin", "http://photos.localhost:9", "--consent")
    before = rows(kit)

    assert done(kit, *APPLY, typed=done(kit, "service", "show", "photos")) == "photos: as it is\n"
    assert rows(kit) == before


def test_services_that_the_file_does_not_name_stay(kit: Kit) -> None:
    done(kit, "service", "add", "wiki", "--program")

    done(kit, *APPLY, typed=FILE)

    assert definition(kit, "wiki").program


@pytest.mark.parametrize(
    ("tighter", "out"),
    [
        ('needs = "two-factor"', [ALICE]), ('needs = "passkey"', [ALICE, BOB, EVE]),
        ('group = ["family"]', [ALICE, BOB]),
        ('needs = "two-factor"\ngroup = ["family"]', [ALICE, BOB]), ('within = "1m"', []), ('needs = "password"', []),
    ],
)  # fmt: skip
def test_what_tightens_says_first_who_could_not_get_in_any_more(kit: Kit, tighter: str, out: list[str]) -> None:
    kit.account(ALICE)
    kit.account(BOB, numbers=(MOBILE,))
    kit.account(EVE, numbers=(OTHER_MOBILE,))
    done(kit, "group", "add", "family", EVE)
    done(kit, "service", "add", *PHOTOS)
    file = f"[photos]\noidc = true\nredirect-uri = 'https://photos.example.com/callback'\n{tighter}"

    asked = run(kit, *APPLY, typed=file)

    assert asked.exit_code == (1 if out else 0)
    assert ("Could not come in any more" in asked.stdout) == bool(out)
    assert not out or f"any more: {len(out)} ({', '.join(out)}).\n" in asked.stdout


def _passkey(kit: Kit, account: Account, *, verifies: bool) -> None:
    with kit.core.database.writing() as work:
        row = Passkey(factor_id=kit.factor(work, account, PASSKEY).id, credential_id=account.name, sign_count=0)
        row.public_key, row.user_verified, row.backed_up = b"", verifies, False
        work.db.add(row)


def test_a_passkey_that_asks_for_nobodys_finger_is_none_for_a_service_that_needs_one(kit: Kit) -> None:
    _passkey(kit, kit.account(ALICE), verifies=True)
    _passkey(kit, kit.account(BOB), verifies=False)
    done(kit, "service", "add", *PHOTOS)
    file = "[photos]\noidc = true\nredirect-uri = 'https://photos.example.com/callback'\nneeds = 'passkey'"

    asked = run(kit, *APPLY, typed=file)

    assert f"any more: 1 ({BOB}).\n" in asked.stdout


def test_of_many_the_first_ten_are_named(kit: Kit) -> None:
    names = [f"{at:02}@example.com" for at in range(12)]
    for each in names:
        kit.account(each)
    done(kit, "service", "add", "wiki", "--program")

    asked = run(kit, *APPLY, typed="[wiki]\nprogram = true\ngroup = 'family'")

    assert f"any more: 12 ({', '.join(names[:10])}, …).\n" in asked.stdout
    assert definition(kit, "wiki").groups == ()


def test_with_yes_it_is_done_all_the_same(kit: Kit) -> None:
    kit.account(ALICE)
    done(kit, "service", "add", "wiki", "--program")

    done(kit, *APPLY, "--yes", typed="[wiki]\nprogram = true\ngroup = 'family'")

    assert definition(kit, "wiki").groups == ("family",)


def test_disabled_accounts_are_not_counted(kit: Kit) -> None:
    kit.account(ALICE)
    done(kit, "account", "disable", ALICE)
    done(kit, "service", "add", "wiki", "--program")

    done(kit, *APPLY, typed="[wiki]\nprogram = true\ngroup = 'family'")

    assert definition(kit, "wiki").groups == ("family",)


def test_a_door_for_programs_that_is_taken_away_takes_its_passwords_along(kit: Kit) -> None:
    secret = give(kit, kit.account(numbers=(MOBILE,)), "photos")
    done(kit, "service", "add", *PHOTOS, "--program")
    file = "[photos]\noidc = true\nredirect-uri = 'https://photos.example.com/callback'"
    asked = run(kit, *APPLY, typed=file)
    before = ask(kit, secret, service="photos").status_code

    done(kit, *APPLY, "--yes", typed=file)
    done(kit, *APPLY, typed=f"{file}\nprogram = true")

    assert "App-specific passwords that are revoked: 1." in asked.stdout
    assert (before, ask(kit, secret, service="photos").status_code) == (200, 401)
    with kit.core.database.reading() as work:
        assert work.db.query(AppPassword).one().revoked_at


def test_an_app_that_becomes_public_loses_its_secret_and_gets_a_new_one_afterwards(kit: Kit) -> None:
    file = "[photos]\noidc = true\nredirect-uri = 'https://photos.example.com/callback'\n"
    (first,) = said(kit, *APPLY, typed=file)
    (public,) = said(kit, *APPLY, typed=f"{file}public = true")

    (again,) = said(kit, *APPLY, typed=file)

    assert "client_secret" not in public
    assert again["client_id"] == first["client_id"]
    assert again["client_secret"] != first["client_secret"]


def test_what_is_a_secret_in_the_database_stays_through_a_change(kit: Kit) -> None:
    done(kit, *APPLY, typed=FILE)
    with kit.core.database.writing() as work:
        work.db.execute(update(Service).where(Service.name == "photos").values(older_secret_mac="a:b"))
    before = [each[:3] + (each[13:18]) for each in rows(kit)]

    done(kit, *APPLY, typed=FILE.replace("15m", "2h"))

    assert [each[:3] + (each[13:18]) for each in rows(kit)] == before
