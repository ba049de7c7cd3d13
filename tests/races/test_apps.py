"""Authenticator apps and many requests at once, over sockets, with several processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.apps import App, give
from tests.support.carrier import Carrier
from tests.support.crowd import Desk, at_once, desk_of, everybody, twins
from tests.support.http_client import Visitor
from tests.support.kit import MOBILE
from tests.support.site import Site
from trustweb.clock import utc_now
from trustweb.models import SignInSession


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Carrier() as carrier:
        settings = carrier.settings | {"TRUSTWEB_CODE_FAILURES": "100/60"}
        if request.param == "postgresql":
            settings["TRUSTWEB_DATABASE_URL"] = request.getfixturevalue("postgres").new_database()
        folder = tmp_path_factory.mktemp("races") / "instance"
        with Site(folder, settings, workers=3, threads=4) as site, desk_of(site) as desk:
            yield desk


def waiting(desk: Desk, name: str, browsers: int) -> tuple[App, list[Visitor]]:
    """Somebody's app, and browsers that wait for its code."""
    app = give(desk, desk.account(name, numbers=(MOBILE,)))
    return app, [desk.arrive(name) for _ in range(browsers)]


def test_of_sixty_four_with_one_code_in_four_browsers_one_gets_in(desk: Desk) -> None:
    app, browsers = waiting(desk, "one@example.com", 4)
    racers = [twin for browser in browsers for twin in twins(browser, 16)]
    code = app.at(utc_now())

    everybody(racers, lambda racer: racer.submit("Continue", verification_code=code))

    assert [racer.hops[-1].path for racer in racers if racer.hops[0].status == 303].count("/security") >= 1
    assert desk.count(SignInSession, stage="full") == 1


def test_a_removal_and_a_sign_in_at_once_end_well(desk: Desk) -> None:
    app, (owner, other) = waiting(desk, "two@example.com", 2)
    owner.submit("Continue", verification_code=app.at(utc_now(), -1)).get("/security/apps")
    with desk.database.writing() as work:
        work.db.query(SignInSession).update({"proved_by": None, "step_up_by": None})
    owner.submit("Remove Authenticator app")
    code = app.at(utc_now())

    at_once([lambda: owner.submit("Remove"), lambda: other.submit("Continue", verification_code=code)])

    assert "The app is removed." in owner.text
    assert other.hops[0].status in (303, 422)
    # Just before it: in, and out again with the app; just after it: refused.
    assert other.path in {"/security", "/sign-in"} or "There is no code to wait for" in other.text


def test_a_double_click_on_the_right_code_signs_in(desk: Desk) -> None:
    app, (browser,) = waiting(desk, "three@example.com", 1)
    code = app.at(utc_now())

    clicks = [browser.tab() for _ in range(8)]
    everybody(clicks, lambda click: click.submit("Continue", verification_code=code))

    assert Counter(click.hops[0].status for click in clicks)[303] >= 1
    assert browser.get("/security").path == "/security"
