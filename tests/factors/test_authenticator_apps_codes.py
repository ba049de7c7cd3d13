"""Codes of authenticator apps: at sign-in and at a change, each time step once, with clocks that differ."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.apps import ENTER, USE, App, factor_of, give, wrong
from tests.support.asking import OFTEN
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from trustweb import keys, one_time_code, schema
from trustweb.authentication import sessions
from trustweb.codes import challenges, sending
from trustweb.codes.challenges import SIGN_IN, STEP_UP, CodeUsed, CodeWrong, NoTriesLeft
from trustweb.factors import authenticator_apps, enrolled
from trustweb.models import AuthenticatorApp, ChallengeView, SessionView
from trustweb.work import Refused

TEXT_ME = "Text me at +44 •••• ••••56"


class Owner:
    """Somebody with an app, and sessions that wait for its code."""

    def __init__(self, kit: Kit, *, known: bool = True) -> None:
        self.kit, self.database = kit, kit.core.database
        self.account = kit.account(numbers=(MOBILE,))
        self.app = give(kit, self.account)
        self.known = known

    def asks(self, purpose: str = SIGN_IN) -> SessionView:
        with self.database.writing(self.account.id) as work:
            session, _ = sessions.start(work, self.account.id, stage=sessions.PASSWORD, known_browser=self.known)
            (mine,) = enrolled.of(work, self.account.id).apps
            sending.begin(work, session, purpose, authenticator_apps.destination(mine))
        return session

    def types(self, session: SessionView, code: str, purpose: str = SIGN_IN) -> type:
        try:
            with self.database.writing() as work:
                return type(challenges.check(work, session, purpose, code))
        except Refused as refused:
            return type(refused)


@pytest.fixture
def owner(make_kit: Callable[..., Kit]) -> Owner:
    return Owner(make_kit(**OFTEN))


def signing_in(kit: Kit) -> Visitor:
    return kit.visitor().get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)


def test_the_code_of_an_app_is_that_of_the_standard(kit: Kit) -> None:
    rfc = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the test vectors of RFC 6238
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        now = kit.clock.now.fromtimestamp(seconds, kit.clock.now.tzinfo)
        assert one_time_code.step_of(rfc, code, now) == seconds // 30
        assert App(f"otpauth://totp/x:y?secret={rfc}&issuer=x").at(now) == code


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_phone_may_be_half_a_minute_off(owner: Owner, steps: int) -> None:
    assert owner.types(owner.asks(), owner.app.at(owner.kit.clock.now, steps)) is ChallengeView


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_no_more_than_that(owner: Owner, steps: int) -> None:
    assert owner.types(owner.asks(), owner.app.at(owner.kit.clock.now, steps)) is CodeWrong


def test_no_step_is_good_twice_whoever_asks_for_what(owner: Owner) -> None:
    code = owner.app.at(owner.kit.clock.now)

    assert owner.types(owner.asks(), code) is ChallengeView
    assert owner.types(owner.asks(), code) is CodeUsed
    assert owner.types(owner.asks(STEP_UP), code, STEP_UP) is CodeUsed


def test_a_step_before_the_last_one_is_used_too(owner: Owner) -> None:
    before, after = (owner.app.at(owner.kit.clock.now, steps) for steps in (-1, 1))

    assert owner.types(owner.asks(), after) is ChallengeView
    assert owner.types(owner.asks(), before) is CodeUsed


def test_a_used_code_takes_a_try(owner: Owner) -> None:
    code = owner.app.at(owner.kit.clock.now)
    owner.types(owner.asks(), code)
    session = owner.asks()

    outcomes = [owner.types(session, code) for _ in range(6)]

    assert outcomes == [CodeUsed] * 5 + [NoTriesLeft]


def test_a_clock_that_is_set_back_opens_nothing(owner: Owner) -> None:
    code, kit = owner.app.at(owner.kit.clock.now), owner.kit
    kit.clock.forward(minutes=5)
    session = owner.asks()

    kit.clock.forward(minutes=-5)

    assert owner.types(session, code) is CodeWrong


def test_tries_go_with_a_change_to_and_from_the_app(kit: Kit) -> None:
    owner = Owner(kit)
    visitor = signing_in(kit)
    visitor.submit("Continue", verification_code=wrong(owner.app, kit.clock.now))
    assert "4 tries left" in visitor.text
    visitor.submit(TEXT_ME)
    visitor.submit("Continue", verification_code=wrong(owner.app, kit.clock.now))
    assert "3 tries left" in visitor.text

    visitor.submit(USE).submit("Continue", verification_code=wrong(owner.app, kit.clock.now))

    assert "2 tries left" in visitor.text


def test_choosing_the_app_again_gives_no_tries_back_and_waits_for_nothing(kit: Kit) -> None:
    owner = Owner(kit)
    visitor = signing_in(kit)
    for _ in range(4):
        visitor.submit("Continue", verification_code=wrong(owner.app, kit.clock.now))
        visitor.submit(TEXT_ME).submit(USE) if "3 tries left" in visitor.text else visitor.get("/sign-in/code")

    visitor.submit("Continue", verification_code=wrong(owner.app, kit.clock.now))

    assert "this was the last try" in visitor.text
    assert USE not in visitor.text


def test_the_code_of_a_text_is_none_of_the_app(kit: Kit) -> None:
    Owner(kit)
    visitor = signing_in(kit).submit(TEXT_ME)
    code = kit.code()
    visitor.submit(USE).submit("Continue", verification_code=code)

    assert "That is not the code." in visitor.text


def test_the_code_of_the_app_is_none_of_a_text(kit: Kit) -> None:
    owner = Owner(kit)
    visitor = signing_in(kit).submit(TEXT_ME)

    visitor.submit("Continue", verification_code=owner.app.at(kit.clock.now))

    assert "That is not the code." in visitor.text


def test_of_several_apps_the_one_used_last_is_asked_for_and_another_can_be_chosen(kit: Kit) -> None:
    owner = Owner(kit)
    tablet = give(kit, owner.account, "Tablet", added=kit.clock.now - timedelta(days=3))
    visitor = signing_in(kit)
    assert ENTER in visitor.text

    visitor.submit("Use Tablet")
    assert f"{ENTER} Tablet" in visitor.text

    assert visitor.submit("Continue", verification_code=tablet.at(kit.clock.now)).path == "/security"


def test_a_change_is_proved_with_the_app(kit: Kit) -> None:
    owner = Owner(kit)
    visitor = signing_in(kit).submit("Continue", verification_code=owner.app.at(kit.clock.now))
    kit.clock.forward(minutes=11)

    visitor.get("/security/password").submit(USE)
    assert ENTER in visitor.text
    visitor.submit("/verify", verification_code=owner.app.at(kit.clock.now))

    assert visitor.path == "/security/password"


def test_after_ten_minutes_the_page_offers_the_app_anew(kit: Kit) -> None:
    owner = Owner(kit)
    visitor = signing_in(kit)
    kit.clock.forward(minutes=10)
    visitor.submit("Continue", verification_code=owner.app.at(kit.clock.now))
    assert "That took too long." in visitor.text

    visitor.submit(USE).submit("Continue", verification_code=owner.app.at(kit.clock.now))

    assert visitor.path == "/security"


def test_a_worn_out_app_is_for_known_browsers_only(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(**OFTEN, TRUSTWEB_FACTOR_FAILURES="5")
    owner = Owner(kit, known=False)
    session = owner.asks()
    for _ in range(5):
        owner.types(session, wrong(owner.app, kit.clock.now))
    assert factor_of(kit, owner.account).disabled_at

    assert ENTER not in signing_in(kit).text
    owner.known = True
    assert owner.types(owner.asks(), owner.app.at(kit.clock.now)) is ChallengeView
    assert factor_of(kit, owner.account).disabled_at is None


def test_the_secret_is_in_the_database_only_sealed(kit: Kit) -> None:
    owner = Owner(kit)
    owner.asks()

    assert owner.app.secret not in kit.database_text()
    with kit.core.database.reading() as work, pytest.raises(ValueError, match="another use"):
        work.keys.open("challenge secret", work.db.query(AuthenticatorApp).one().secret)


def test_an_app_outlives_the_key_that_sealed_it(kit: Kit) -> None:
    owner, settings = Owner(kit), kit.core.config
    old = kit.core.keys.newest
    ring = settings.key_file.read_text()
    settings.key_file.write_text(f"new:{'B' * 43}=\n{ring}")
    try:
        schema.upgrade(settings, keys.load(settings))
        schema.forget_key(settings, old)
        with kit.core.database.reading() as work:
            sealed = work.db.query(AuthenticatorApp).one().secret
        assert keys.parse(f"new:{'B' * 43}=").open("authenticator app", sealed).decode() == owner.app.secret
    finally:
        settings.key_file.write_text(ring)
