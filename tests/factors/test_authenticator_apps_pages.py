"""Authenticator apps over HTTP: added by a QR code, listed, renamed, removed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.support.apps import BEGIN, ENTER, USE, add, factor_of, give, scan, wrong
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, EVE, MOBILE, OTHER_MOBILE, PASSWORD, Kit
from trustweb.models import Account, Challenge, Delivery

CODE = "/security/apps/code"


@pytest.fixture(params=[False, True], ids=["page", "htmx"])
def owner(request: pytest.FixtureRequest, kit: Kit) -> Visitor:
    kit.account(numbers=(MOBILE,))
    return kit.signed_in(htmx=request.param)


def signing_in(kit: Kit, name: str = ALICE) -> Visitor:
    return kit.visitor().get("/sign-in").submit("Sign In", account=name, password=PASSWORD)


def test_an_app_is_added_by_typing_what_it_shows(kit: Kit, owner: Visitor) -> None:
    app = scan(owner.get("/security/apps").submit(BEGIN))
    assert (owner.path, app.account, app.issuer) == (CODE, ALICE, "Trustweb")

    owner.submit("verify-app", code=app.at(kit.clock.now), label="Pocket")

    assert "The app is verified and in your list." in owner.text
    assert "Pocket" in owner.get("/security").text
    assert sum(each.code is not None for each in kit.messages(MOBILE)) == 1  # of signing in


def test_the_picture_the_link_and_the_key_say_the_same(owner: Visitor) -> None:
    app = scan(owner.get("/security/apps").submit(BEGIN))
    key = owner.page.one(".key")
    squares = owner.page.one("svg")

    assert key is not None
    assert key.text == " ".join(re.findall("....", app.secret))
    assert squares is not None
    assert "style=" not in owner.body  # the content security policy would drop it


def test_a_wrong_code_keeps_the_same_picture_and_the_label(kit: Kit, owner: Visitor) -> None:
    app = scan(owner.get("/security/apps").submit(BEGIN))

    owner.submit("verify-app", code=wrong(app, kit.clock.now), label="Pocket")
    assert "That is not the code. You have 4 tries left." in owner.text
    assert scan(owner).secret == app.secret
    assert owner.value("label") == "Pocket"

    assert "The app is verified" in owner.submit("verify-app", code=app.at(kit.clock.now)).text


def test_five_wrong_codes_are_the_end_of_a_picture(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_CODE_FAILURES="100/60")
    kit.account(numbers=(MOBILE,))
    owner = kit.signed_in()
    app = scan(owner.get("/security/apps").submit(BEGIN))
    for _ in range(5):
        owner.submit("verify-app", code=wrong(app, kit.clock.now))

    assert "That was the last try." in owner.text
    assert "otpauth:" not in owner.body
    assert scan(owner.submit("Cancel").submit(BEGIN)).secret != app.secret


def test_an_old_picture_is_not_shown_and_begins_again(kit: Kit, owner: Visitor) -> None:
    app = scan(owner.get("/security/apps").submit(BEGIN))
    kit.clock.forward(minutes=10)

    owner.get(CODE)
    assert "This picture is too old." in owner.text
    assert app.secret not in owner.body
    owner.submit("Begin again").submit(f"Text me at +44 •••• ••••{MOBILE[-2:]}")
    owner.submit("Continue", verification_code=kit.code())
    assert scan(owner).secret != app.secret


def test_adding_wants_a_fresh_proof_and_goes_on_after_it(kit: Kit, owner: Visitor) -> None:
    kit.clock.forward(minutes=11)
    owner.get("/security/apps").submit(BEGIN)
    assert owner.path == "/verify"

    owner.submit("Text me at +44 •••• ••••56").submit("Continue", verification_code=kit.code())

    assert owner.path == CODE
    assert scan(owner).secret


def test_two_tabs_show_one_picture_and_add_one_app(kit: Kit, owner: Visitor) -> None:
    tabs = [owner.get("/security/apps"), owner.tab()]
    first, second = [scan(tab.submit(BEGIN)) for tab in tabs]
    assert first.secret == second.secret

    for tab in tabs:
        tab.submit("verify-app", code=first.at(kit.clock.now))

    assert [tab.path for tab in tabs] == ["/security/apps"] * 2
    assert owner.get("/security/apps").body.count("Remove Authenticator app") == 2  # its name and its title


def test_back_to_the_picture_of_an_app_that_was_added_shows_no_secret(kit: Kit, owner: Visitor) -> None:
    app = add(kit, owner)

    owner.get(CODE)

    assert owner.path == "/security/apps"
    assert app.secret not in owner.body


def test_the_code_that_added_an_app_signs_nobody_in(kit: Kit, owner: Visitor) -> None:
    app = scan(owner.get("/security/apps").submit(BEGIN))
    code = app.at(kit.clock.now)
    owner.submit("verify-app", code=code)

    other = signing_in(kit).submit("Continue", verification_code=code)

    assert "This code was used already." in other.text


def test_the_code_of_an_app_that_is_being_added_is_no_code_for_anything_else(kit: Kit, owner: Visitor) -> None:
    new = scan(owner.get("/security/apps").submit(BEGIN))
    elsewhere = owner.tab().get("/verify").submit("Text me at +44 •••• ••••56")

    elsewhere.submit("/verify", verification_code=new.at(kit.clock.now))
    assert "That is not the code." in elsewhere.text
    owner.submit("verify-app", code=kit.code())

    assert "That is not the code." in owner.text


def test_the_first_app_turns_two_factor_on_and_ends_other_sessions(kit: Kit) -> None:
    kit.account()
    visitor, other = kit.signed_in(), kit.signed_in()
    app = scan(visitor.get("/security/two-factor").submit("Use an authenticator app instead"))

    visitor.submit("verify-app", code=app.at(kit.clock.now))

    assert "The app is verified. Two-factor authentication is on." in visitor.text
    assert "Only one app." in visitor.text
    assert other.get("/security").path == "/sign-in"
    assert ENTER in signing_in(kit).text


def test_an_app_is_renamed_and_an_empty_label_is_none(kit: Kit, owner: Visitor) -> None:
    add(kit, owner, "Pocket")

    owner.submit("Change Pocket").submit("Save", label=" Tablet ")
    assert "The change is saved." in owner.text
    assert "Remove Tablet" in owner.body

    assert "Change Authenticator app" in owner.submit("Change Tablet").submit("Save", label="").body


def test_a_removed_app_signs_nobody_in_any_more(kit: Kit, owner: Visitor) -> None:
    app = add(kit, owner, "Pocket")
    other = signing_in(kit)
    assert ENTER in other.text

    owner.submit("Remove Pocket").submit("Remove")
    assert "The app is removed." in owner.text
    assert "Remove Pocket" not in owner.get("/security/apps").body

    other.submit("Continue", verification_code=app.at(kit.clock.now))
    assert "There is no code to wait for any more." in other.text
    assert USE not in other.text


def test_the_last_way_in_stays_whichever_it_is(kit: Kit, owner: Visitor) -> None:
    app = give(kit, kit.account(BOB))
    bob = signing_in(kit, BOB).submit("Continue", verification_code=app.at(kit.clock.now))

    bob.get("/security/apps").submit("Remove Authenticator app")
    owner.get("/security/numbers").submit("Remove +44 •••• ••••56")

    for each in (bob, owner):
        assert "This is the only thing that you can sign in with besides your password." in each.text


def test_with_an_app_the_last_number_may_go(kit: Kit, owner: Visitor) -> None:
    with kit.core.database.reading() as work:
        give(kit, work.db.query(Account).one())

    owner.get("/security/numbers").submit("Remove +44 •••• ••••56")
    assert "You can still sign in with a code from your authenticator app." in owner.text
    owner.submit("Remove")

    assert "The number is removed." in owner.text
    assert ENTER in signing_in(kit).text


def test_another_accounts_app_is_as_unknown_as_a_random_one(kit: Kit, owner: Visitor) -> None:
    eve = kit.account(EVE, numbers=(OTHER_MOBILE,))
    give(kit, eve)
    theirs = factor_of(kit, eve).public_id
    before = kit.database_text()

    for each in (theirs, "AAAAAAAAAAAA"):
        for act in ("remove", "change"):
            assert owner.tab().get(f"/security/apps/{each}/{act}").status == 404
            assert owner.tab().post(f"/security/apps/{each}/{act}", label="Mine").status == 404
        assert owner.tab().post("/verify/send", number=each, method="app", seen="").status == 404
    assert kit.database_text() == before


def test_at_most_so_many_apps(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_MAX_APPS="1")
    account = kit.account(numbers=(MOBILE,))
    owner = kit.signed_in().get("/security/apps").submit(BEGIN)
    app = scan(owner)
    give(kit, account)

    owner.submit("verify-app", code=app.at(kit.clock.now))
    assert "You can have 1 authenticator apps." in owner.text

    assert "You can have 1 authenticator apps." in owner.get("/security/apps").submit(BEGIN).text


HOSTILE = '</code>"><script>alert(1)</script>&issuer=Bank:#?/%0A ‮é'


def test_hostile_names_are_inert_in_page_link_and_picture(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_SITE_NAME=HOSTILE)
    kit.account("o'hara+xy@example.com", numbers=(MOBILE,))
    owner = kit.signed_in("o'hara+xy@example.com")

    app = scan(owner.get("/security/apps").submit(BEGIN))
    assert (app.issuer, app.account) == ("code script alert 1 script issuer Bank 0A é", "o'hara+xy@example.com")
    owner.submit("verify-app", code=app.at(kit.clock.now), label=HOSTILE[:64])

    assert HOSTILE[:64] in owner.text
    assert "<script>alert" not in owner.body


def test_nothing_is_sent_for_an_app(kit: Kit, owner: Visitor) -> None:
    add(kit, owner)
    signing_in(kit)

    with kit.core.database.reading() as work:
        assert work.db.query(Challenge).filter_by(method="app").count() == 2
        assert work.db.query(Delivery).filter_by(kind="code").count() == 1
