"""A person's way to an app and back, for people with a password and with a number."""

from __future__ import annotations

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, MOBILE, PASSWORD, Kit
from tests.support.relying_party import App, add_service

pytestmark = pytest.mark.slow


@pytest.fixture
def app(kit: Kit) -> App:
    add_service(kit)
    return App()


@pytest.fixture
def alice(kit: Kit) -> Kit:
    kit.account(ALICE, numbers=(MOBILE,))
    return kit


def sign_in(visitor: Visitor, name: str = ALICE) -> Visitor:
    return visitor.submit("Sign In", account=name, password=PASSWORD)


def with_code(kit: Kit, visitor: Visitor) -> Visitor:
    return visitor.submit("Continue", code=kit.code())


def test_the_sign_in_page_says_where_one_goes(alice: Kit, app: App) -> None:
    visitor = app.send(alice.visitor())

    assert "Sign in to continue to Photos" in visitor.text
    assert visitor.path.startswith("/authorize/")


def test_after_password_and_code_one_is_back_with_a_code(alice: Kit, app: App) -> None:
    visitor = with_code(alice, sign_in(app.send(alice.visitor())))
    assert "Trust this browser?" in visitor.text

    told = app.told(visitor.follow("Not Now"))
    assert told.keys() == {"code", "state", "iss"}


def test_whoever_trusts_the_browser_on_the_way_goes_on(alice: Kit, app: App) -> None:
    visitor = with_code(alice, sign_in(app.send(alice.visitor()))).submit("Trust")

    assert "code" in app.told(visitor)
    assert visitor.cookie("trustweb-devices")


def test_whoever_is_signed_in_sees_no_page(alice: Kit, app: App) -> None:
    visitor = alice.signed_in()
    app.send(visitor)

    assert "code" in app.told(visitor)
    assert [hop.status for hop in visitor.hops] == [303]


def test_what_is_posted_leads_back_too(alice: Kit, app: App) -> None:
    visitor = alice.signed_in()
    visitor.elsewhere.add("https://photos.example")
    visitor._visit("POST", "/authorize", list(app.parameters().items()), {"Origin": "https://photos.example"})

    assert "code" in app.told(visitor)


def test_every_page_of_the_way_has_its_path(alice: Kit, app: App) -> None:
    visitor = app.send(alice.visitor())
    way = visitor.path.removesuffix("/sign-in")

    sign_in(visitor)
    assert visitor.path == f"{way}/sign-in/code"
    with_code(alice, visitor)
    assert visitor.path == way


@pytest.mark.parametrize("first", [0, 1])
def test_two_apps_in_two_tabs_finish_in_either_order(alice: Kit, app: App, first: int) -> None:
    add_service(alice, "wiki", redirect_uris=["https://wiki.example/cb"])
    apps = [app, App("wiki", "https://wiki.example/cb", state="another")]
    visitor = app.send(alice.visitor())
    tabs = [visitor, apps[1].send(visitor.tab())]
    one, other = tabs[first], tabs[1 - first]

    with_code(alice, sign_in(one)).follow("Not Now")
    assert apps[first].told(one)["state"] == apps[first].state
    assert apps[1 - first].told(other.get(other.path))["state"] == apps[1 - first].state


def test_two_tabs_that_both_sign_in(alice: Kit, app: App) -> None:
    add_service(alice, "wiki", redirect_uris=["https://wiki.example/cb"])
    wiki = App("wiki", "https://wiki.example/cb")
    photos = app.send(alice.visitor())
    other = wiki.send(photos.tab())
    with_code(alice, sign_in(photos)).follow("Not Now")
    app.told(photos)

    assert "code" in wiki.told(sign_in(other))


def test_reload_and_back_do_no_harm(alice: Kit, app: App) -> None:
    visitor = app.send(alice.visitor())
    start = visitor.path
    with_code(alice, sign_in(visitor)).follow("Not Now")

    for path in (start, f"{start}/code", start.removesuffix("/sign-in"), start.removesuffix("sign-in") + "verify"):
        visitor.get(path)
        assert visitor.status == 200
    assert "code" in app.told(visitor.get(start))


def test_without_two_factor_a_password_is_enough_where_it_is_optional(make_kit) -> None:
    kit = make_kit(TRUSTWEB_TWO_FACTOR="optional")
    kit.account(BOB)
    add_service(kit)
    app = App()

    assert "code" in app.told(sign_in(app.send(kit.visitor()), BOB))


def test_where_it_is_required_nobody_goes_on_without(kit: Kit, app: App) -> None:
    kit.account(BOB)
    visitor = sign_in(app.send(kit.visitor()), BOB)

    assert "Photos needs two-factor authentication" in visitor.text


@pytest.mark.parametrize("where", ["sign-in", "code", "trust"])
def test_whoever_cancels_is_sent_back_with_an_error(alice: Kit, app: App, where: str) -> None:
    visitor = app.send(alice.visitor())
    if where != "sign-in":
        sign_in(visitor)
    if where == "trust":
        with_code(alice, visitor)
        visitor.post(f"{visitor.path}/cancel")
    else:
        visitor.submit("Cancel")

    told = app.told(visitor)
    assert (told["error"], told["state"]) == ("access_denied", app.state)


def test_a_cancelled_half_sign_in_is_over(alice: Kit, app: App) -> None:
    visitor = sign_in(app.send(alice.visitor())).submit("Cancel")

    assert visitor.get("/sign-in/code").path == "/sign-in"


def test_cancelling_leaves_a_session_alone(alice: Kit, app: App) -> None:
    visitor = alice.signed_in()
    alice.clock.forward(seconds=1)
    app.send(visitor, prompt="login").submit("Cancel")

    assert visitor.get("/security").path == "/security"


def test_another_browser_cannot_go_on(alice: Kit, app: App) -> None:
    way = app.send(alice.visitor()).path.removesuffix("/sign-in")
    eve = alice.signed_in()

    for path in (way, f"{way}/go", f"{way}/sign-in", f"{way}/sign-in/code", f"{way}/verify"):
        assert eve.get(path).status == 410


@pytest.mark.parametrize("path", ["x" * 43, "../../security", "x" * 42, "x" * 44, "%00" * 43])
def test_a_way_that_is_none(kit: Kit, path: str) -> None:
    assert kit.visitor().get(f"/authorize/{path}/sign-in").status in {404, 410}


def test_a_way_is_open_for_ten_minutes(alice: Kit, app: App) -> None:
    visitor = app.send(alice.visitor())
    alice.clock.forward(minutes=10)

    assert visitor.get(visitor.path).status == 410
    assert "begin there again" in visitor.text


def test_one_cannot_go_twice_but_by_a_double_click(alice: Kit, app: App) -> None:
    visitor = alice.signed_in()
    visitor.elsewhere.add("https://photos.example")
    visitor._visit("POST", "/authorize", list(app.parameters().items()), {})
    way = visitor.path
    first, second = app.told(visitor)["code"], app.told(visitor.get(f"{way}/go"))["code"]
    alice.clock.forward(seconds=11)

    assert first != second
    assert visitor.get(f"{way}/go").status == 410


def test_ways_are_limited_by_address(make_kit) -> None:
    kit = make_kit(TRUSTWEB_SERVICE_REQUESTS="2/60")
    add_service(kit)
    app = App()

    assert [app.send(kit.visitor()).status for _ in range(3)] == [200, 200, 429]


def test_a_closed_account_gets_no_code(alice: Kit, app: App) -> None:
    from trustweb import accounts

    visitor = alice.signed_in()
    with alice.core.database.writing() as work:
        accounts.disable(work, 1, True)

    assert app.send(visitor).path.endswith("/sign-in")


def test_the_row_counts_and_not_what_comes_back(alice: Kit, app: App) -> None:
    visitor = app.send(alice.visitor())
    sign_in(visitor.get(f"{visitor.path}?redirect_uri=https://evil.example/&client_id=wiki-client"))
    with_code(alice, visitor).follow("Not Now")

    assert "code" in app.told(visitor)
