"""``trustweb service``: adding, changing and removing services, which counts at the next request."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from tests.support.kit import ALICE, MOBILE, Kit
from tests.support.programs import ask, give
from tests.support.service_commands import PHOTOS, definition, done, none, refused, run, said
from trustweb.models import AppPassword, JournalEntry, Service, ServiceView, columns


@pytest.fixture
def kit(kit_now: Kit) -> Kit:
    none(kit_now)
    return kit_now


def view(kit: Kit, name: str = "photos") -> ServiceView:
    with kit.core.database.reading() as work:
        return ServiceView(*work.execute(select(*columns(ServiceView, Service)).where(Service.name == name)).one())


def fits(kit: Kit, secret: str, *, older: bool = False) -> bool:
    row = view(kit)
    mac = row.older_secret_mac if older else row.secret_mac
    return mac is not None and kit.core.keys.signed("client secret", f"{row.client_id} {secret}", mac)


def test_an_app_is_added_and_gets_a_secret_that_is_stored_as_a_mac(kit: Kit) -> None:
    made = said(kit, "service", "add", *PHOTOS)

    assert made == {"name": "photos", "client_id": view(kit).client_id, "client_secret": made["client_secret"]}
    assert fits(kit, made["client_secret"])
    assert made["client_secret"] not in kit.database_text()


def test_for_people_the_same_is_printed_in_lines(kit: Kit) -> None:
    text = done(kit, "service", "add", *PHOTOS, "--needs", "passkey", "--program")

    assert text.startswith(f"photos: oidc, program\n  client_id: {view(kit).client_id}\n  client_secret: ")


def test_a_public_app_gets_no_secret(kit: Kit) -> None:
    made = said(kit, "service", "add", "app", "--oidc", "--public", "--redirect-uri", "com.example.app:/cb")

    assert made.keys() == {"name", "client_id"}
    assert view(kit, "app").secret_mac is None


def test_all_that_can_be_said_is_written(kit: Kit) -> None:
    done(kit, "service", "add", "mail", "--program")
    site = ("--browser", "--origin", "https://photos.example.com", "--program", "--title", "Our Photos")
    policy = ("--needs", "two-factor", "--within", "15m", "--group", "family", "--group", "friends", "--user", "name")
    app = ("--logout-uri", "https://photos.example.com/out", "--pkce", "optional", "--consent", "--read-by", "mail")
    done(kit, "service", "add", *PHOTOS, *site, *policy, *app)

    assert definition(kit, "photos").said() == {
        "title": "Our Photos", "oidc": True, "redirect-uri": ["https://photos.example.com/callback"],
        "logout-uri": "https://photos.example.com/out", "pkce": "optional", "consent": True, "read-by": ["mail"],
        "browser": True, "origin": "https://photos.example.com", "program": True, "needs": "two-factor", "within": 900,
        "group": ["family", "friends"], "user": "name",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (PHOTOS, "There is a service photos already; change it with `trustweb service apply`."),
        (("Photos", "--program"), "'Photos' is no name of a service: small letters, digits and dashes, 32 at most."),
        (("wiki",), "wiki: it needs a door: oidc, browser or program."),
        (("wiki", "--program", "--read-by", "x"), "wiki: read-by belongs to the oidc door, which it has not."),
        (("wiki", *PHOTOS[1:], "--read-by", "x"), "wiki: read-by names x, and there is no such service."),
        (("wiki", "--browser", "--origin", "http://site.localhost:9"), "is the host of site; each site needs one of"),
        (("wiki", "--browser", "--origin", "http://site.localhost:10"), "since cookies ignore ports."),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(kit: Kit, arguments: tuple[str, ...], sentence: str) -> None:
    done(kit, "service", "add", *PHOTOS)
    done(kit, "service", "add", "site", "--browser", "--origin", "http://site.localhost:9")

    assert sentence in refused(kit, "service", "add", *arguments)


def test_what_is_added_counts_at_the_next_request_and_what_is_removed_too(kit: Kit) -> None:
    account = kit.account(numbers=(MOBILE,))
    done(kit, "service", "add", "mail", "--program", "--user", "name")
    secret = give(kit, account)
    there = ask(kit, secret).status_code

    done(kit, "service", "remove", "mail", "--yes")

    assert (there, ask(kit, secret).status_code) == (200, 404)


def test_a_service_that_comes_back_knows_no_passwords_of_before(kit: Kit) -> None:
    secret = give(kit, kit.account(numbers=(MOBILE,)))
    done(kit, "service", "add", "mail", "--program")
    done(kit, "service", "remove", "mail", "--yes")
    done(kit, "service", "add", "mail", "--program")

    assert ask(kit, secret).status_code == 401
    with kit.core.database.reading() as work:
        assert [each.event for each in work.db.scalars(select(JournalEntry))] == ["app_passwords_revoked"]


def test_removing_says_how_many_are_in_and_asks(kit: Kit) -> None:
    done(kit, "service", "add", "mail", "--program")
    give(kit, kit.account(numbers=(MOBILE,)))

    asked = run(kit, "service", "remove", "mail")

    assert asked.stdout == "Signed in to mail: 0. App-specific passwords for it: 1.\n"
    assert asked.stderr == "Error: Nothing was changed. Say --yes to do it all the same.\n"
    assert refused(kit, "service", "remove", "door") == "Error: There is no service door."


def test_nobody_reads_the_tokens_of_others_by_the_name_of_a_service_that_is_gone(kit: Kit) -> None:
    done(kit, "service", "add", "mail", "--program")
    done(kit, "service", "add", *PHOTOS, "--read-by", "mail")

    done(kit, "service", "remove", "mail")

    assert view(kit).read_by == []


def test_a_new_secret_is_valid_beside_the_one_before_until_that_is_dropped(kit: Kit) -> None:
    first = said(kit, "service", "add", *PHOTOS)["client_secret"]
    second = said(kit, "service", "secret", "photos")["client_secret"]
    both = fits(kit, second), fits(kit, first, older=True)
    third = refused(kit, "service", "secret", "photos")

    done(kit, "service", "secret", "photos", "--drop-older")

    assert both == (True, True)
    assert "has two valid secrets already" in third
    assert (fits(kit, second), view(kit).older_secret_mac) == (True, None)
    assert said(kit, "service", "secret", "photos", "--drop-older") == {"name": "photos", "dropped": False}


def test_what_has_no_secret_gets_none(kit: Kit) -> None:
    done(kit, "service", "add", "mail", "--program")
    done(kit, "service", "add", "app", "--oidc", "--public", "--redirect-uri", "com.example.app:/cb")

    assert "mail has no secret" in refused(kit, "service", "secret", "mail")
    assert "app has no secret" in refused(kit, "service", "secret", "app")
    assert refused(kit, "service", "secret", "door") == "Error: There is no service door."


def test_nothing_that_is_shown_is_a_secret(kit: Kit) -> None:
    secret = said(kit, "service", "add", *PHOTOS)["client_secret"]
    mac = view(kit).secret_mac or ""
    shown = [done(kit, "service", *words) for words in (
        ("list",), ("list", "--json"), ("show", "photos"), ("show", "photos", "--json"),
    )]  # fmt: skip

    assert [each for each in shown if secret in each or mac in each or mac.partition(":")[2] in each] == []
    assert json.loads(shown[1])[0]["client_id"] == json.loads(shown[3])["client_id"] == view(kit).client_id


def test_the_list_is_one_line_a_service(kit: Kit) -> None:
    done(kit, "service", "add", *PHOTOS, "--needs", "passkey", "--group", "family", "--group", "friends")
    done(kit, "service", "add", "mail", "--program")

    lines = [" ".join(each.split()) for each in done(kit, "service", "list").splitlines()]

    assert lines == ["mail program", "photos oidc needs: passkey, group: family, friends"]


def test_there_is_none_of_an_unknown_name(kit: Kit) -> None:
    assert refused(kit, "service", "show", "door") == "Error: There is no service door."


def test_groups_are_filled_and_emptied(kit: Kit) -> None:
    alice = kit.account(ALICE)
    assert done(kit, "group", "add", "family", ALICE, str(alice.id)) == "Added to family: 1.\n"
    filled = said(kit, "group", "list")
    assert done(kit, "group", "remove", "family", ALICE, ALICE) == "Removed from family: 1.\n"

    assert (filled, said(kit, "group", "list")) == ({"family": [ALICE]}, {})


def test_a_group_takes_all_of_those_that_are_named_or_none(kit: Kit) -> None:
    kit.account(ALICE)

    assert refused(kit, "group", "add", "family", ALICE, "nobody@example.com").endswith(
        "no account nobody@example.com."
    )
    assert said(kit, "group", "list") == {}
    assert "is no name of a group" in refused(kit, "group", "add", "My Family", ALICE)


def test_a_service_for_a_group_is_closed_to_who_leaves_it(kit: Kit) -> None:
    secret = give(kit, kit.account(numbers=(MOBILE,)))
    done(kit, "service", "add", "mail", "--program", "--group", "family")
    answers = [ask(kit, secret).status_code]
    for act in ("add", "remove"):
        done(kit, "group", act, "family", ALICE)
        answers.append(ask(kit, secret).status_code)

    assert answers == [403, 200, 403]


def test_a_disabled_service_leaves_the_passwords_of_others_alone(kit: Kit) -> None:
    account = kit.account(numbers=(MOBILE,))
    for name in ("mail", "calendar"):
        done(kit, "service", "add", name, "--program")
        give(kit, account, name, handle=name[0] * 8)

    done(kit, "service", "remove", "mail", "--yes")

    with kit.core.database.reading() as work:
        rows = work.db.query(AppPassword).order_by(AppPassword.id)
        assert [(each.service, each.revoked_at is None) for each in rows] == [("mail", False), ("calendar", True)]
