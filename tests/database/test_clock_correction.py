"""``trustweb db believe-clock``: the way back for a site that has seen a moment far in the future."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from tests.support import apps
from tests.support.kit import FIXED, MOBILE, OTHER_MOBILE, Kit
from tests.support.service_endings import ALL, NONE, add_service, come, opens, session_by, told
from trustweb import cli, clock_correction, endings
from trustweb.codes import limits
from trustweb.delivery import outbox
from trustweb.models import Account, AuthenticatorApp, Delivery, Factor, SignInSession, Site
from trustweb.one_time_code import step_at

AHEAD = {"days": 400.0}


@pytest.fixture
def alice(racing: Kit) -> Account:
    return racing.account(numbers=(MOBILE, FIXED))


@pytest.fixture
def ahead(racing: Kit, alice: Account) -> Kit:
    """A site whose clock is far ahead."""
    racing.clock.set(**AHEAD)
    return racing


def put_back(kit: Kit) -> timedelta:
    """The clock is right again; the site was stopped, put right, and starts."""
    kit.clock.set(days=-AHEAD["days"])
    by = clock_correction.correct(kit.core.config, kit.clock)
    kit.core.database._mark = kit.core.database._stored = None
    return by


def write(kit: Kit) -> datetime:
    with kit.core.database.writing() as work:
        limits.hit(work, "noted", "", ((2, 3600),))
    return work.now


def test_the_site_is_back_at_the_real_time(ahead: Kit) -> None:
    write(ahead)

    assert put_back(ahead) == timedelta(**AHEAD)
    assert write(ahead) == ahead.clock.now


def test_a_limit_that_is_shut_in_the_future_is_open(ahead: Kit) -> None:
    for _ in range(2):
        write(ahead)
    with pytest.raises(limits.TooOften):
        write(ahead)

    put_back(ahead)

    write(ahead)


def test_a_session_of_the_future_is_over(ahead: Kit) -> None:
    visitor = ahead.signed_in()
    assert visitor.get("/security").path == "/security"

    put_back(ahead)

    assert visitor.get("/security").path == "/sign-in"


def test_what_began_at_a_service_in_the_future_is_over(ahead: Kit, alice: Account) -> None:
    there = come(ahead, session_by(ahead, alice.id), add_service(ahead))
    assert opens(ahead, there) == ALL

    put_back(ahead)

    assert opens(ahead, there) == NONE


def test_an_ending_of_the_future_keeps_nobody_out(ahead: Kit, alice: Account) -> None:
    with ahead.core.database.writing(alice.id) as work:
        endings.end_all(work, alice.id)
    put_back(ahead)
    ahead.clock.forward(seconds=1)

    assert opens(ahead, come(ahead, session_by(ahead, alice.id), add_service(ahead))) == ALL


def test_an_app_hears_of_a_future_logout_now(ahead: Kit, alice: Account) -> None:
    there = come(ahead, session_by(ahead, alice.id), add_service(ahead))
    with ahead.core.database.writing(alice.id) as work:
        endings.end_all(work, alice.id)

    put_back(ahead)

    with ahead.core.database.reading() as work:
        assert len(outbox.due(work)) == 1
    assert told(ahead) == [there.sid]


def added(kit: Kit) -> Factor:
    with kit.core.database.reading() as work:
        return work.db.scalars(select(Factor).order_by(Factor.id.desc())).first()


def test_what_was_added_in_the_future_is_trusted_in_a_day(ahead: Kit) -> None:
    visitor = ahead.signed_in()
    visitor.get("/security/numbers/add").submit("Continue", country="DE", phone_number=OTHER_MOBILE)
    visitor.submit("/security/numbers/code", verification_code=ahead.code(OTHER_MOBILE))

    put_back(ahead)

    assert added(ahead).added_at == ahead.clock.now
    assert added(ahead).trusted_from == ahead.clock.now + timedelta(days=1)


def test_what_waits_to_be_told_in_the_future_is_told(ahead: Kit) -> None:
    visitor = ahead.signed_in()
    for _ in range(2):
        visitor.get("/security/devices").submit("Trust this browser")
        visitor.get("/security/devices").submit("Remove Chrome, Linux").submit("Remove")
        ahead.deliver()
    put_back(ahead)

    ahead.deliver()

    with ahead.core.database.reading() as work:
        assert not work.db.scalars(select(Delivery).where(Delivery.state == "queued")).all()


def test_an_app_that_was_used_in_the_future_shows_good_codes_again(ahead: Kit) -> None:
    apps.add(ahead, ahead.signed_in())

    put_back(ahead)

    with ahead.core.database.reading() as work:
        assert work.db.scalars(select(AuthenticatorApp.last_step)).all() == [step_at(ahead.clock.now)]


def test_an_account_is_thawed_and_its_owner_told_of_guesses_again(ahead: Kit, alice: Account) -> None:
    with ahead.core.database.writing(alice.id) as work:
        mine = work.db.get_one(Account, alice.id)
        mine.frozen_until = work.now + timedelta(days=1)

    put_back(ahead)

    with ahead.core.database.reading() as work:
        mine = work.db.get_one(Account, alice.id)
        assert mine.frozen_until == ahead.clock.now + timedelta(days=1)


def test_where_the_clock_is_right_nothing_changes(racing: Kit, alice: Account) -> None:
    racing.signed_in()

    assert clock_correction.correct(racing.core.config, racing.clock) == timedelta(0)

    with racing.core.database.reading() as work:
        assert work.db.scalars(select(SignInSession).where(SignInSession.ended_at.is_(None))).all()


def test_the_command_says_by_how_much(kit: Kit) -> None:
    with kit.core.database.writing() as work:
        work.db.execute(Site.__table__.update().values(seen_at=datetime(2999, 1, 1, tzinfo=kit.clock.now.tzinfo)))
    environ = {"TRUSTWEB_INSTANCE": str(kit.core.config.instance)}

    said = [CliRunner().invoke(cli.main, ["db", "believe-clock"], env=environ).output for _ in range(2)]

    assert said[0].startswith("The site's time went back by ")
    assert said[1] == "The site's time is not ahead of the clock.\n"
