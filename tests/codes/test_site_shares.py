"""The site’s daily limit of messages: strangers and new accounts cannot use up the owners’ share."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, BOB, FIXED, MOBILE, Kit
from tests.support.mail_kit import mails, proved
from tests.support.outgoing import newest
from tests.support.password_reset import SEND_LINK, forgot_password
from tests.support.sign_in import enter_password, visitor_from
from tests.support.trusted_numbers import add_number
from trustweb.codes import limits, site_shares
from trustweb.codes.limits import TooOften, Window
from trustweb.models import Account, Limit

pytestmark = pytest.mark.slow

OPEN = {"TRUSTWEB_REGISTRATION": "open"}


def old(kit: Kit, name: str = ALICE, **options) -> Account:
    """Make an account that is old enough for the owners’ share."""
    account = kit.account(name, **options)
    with kit.core.database.writing() as work:
        work.db.query(Account).filter_by(id=account.id).update({"created_at": work.now - timedelta(days=30)})
    return account


def used(kit: Kit, name: str, hits: int) -> None:
    with kit.core.database.writing() as work:
        work.db.add(Limit(name=name, subject="", span=86400, hits=hits, resets_at=work.now + timedelta(hours=20)))


def hits(kit: Kit) -> dict[str, int]:
    with kit.core.database.reading() as work:
        return dict(work.db.query(Limit.name, Limit.hits).filter(Limit.name.like("site_%")).all())


def register(kit: Kit, name: str, at: str = "192.0.2.1") -> Visitor:
    return visitor_from(kit, at).get("/create-account").submit("Continue", e_mail_address=name)


def test_strangers_use_up_half_and_owners_have_the_rest(make_kit) -> None:
    kit = make_kit(TRUSTWEB_DAILY_SENDS="4")
    old(kit, numbers=(MOBILE,))
    owner = kit.signed_in().submit("Sign out")
    for _ in range(2):
        enter_password(kit)
    refused = enter_password(kit)
    assert "You can send a new code in 24 hours." in refused.text

    enter_password(kit, visitor=owner)

    assert "Enter the code sent to +44 •••• ••••56." in owner.text
    assert hits(kit) == {"site_proved": 3, "site_proved/2": 2}


def test_where_anybody_may_come_new_accounts_use_up_a_quarter(make_kit) -> None:
    kit = make_kit(TRUSTWEB_DAILY_SENDS="4", **OPEN)
    kit.account(BOB, numbers=(FIXED,))
    old(kit, numbers=(MOBILE,))
    for _ in range(2):
        enter_password(kit, account=BOB)

    enter_password(kit)

    assert len(kit.messages(FIXED)) == 1
    assert len(kit.messages(MOBILE)) == 1


def test_one_account_has_only_so_many_codes(make_kit) -> None:
    kit = make_kit(TRUSTWEB_ACCOUNT_CODES="2/86400")
    kit.account(numbers=(MOBILE, FIXED))
    visitor = enter_password(kit).submit("Text me at +44 •••• ••••56").submit("Call me at +44 •• •••• ••00")

    again = enter_password(kit)

    assert visitor.status == 200
    assert again.buttons == ["Cancel"]


def test_links_for_nobody_use_nothing_up(make_kit) -> None:
    kit = make_kit(TRUSTWEB_DAILY_SENDS="4")
    proved(kit, kit.account())
    for at in range(20):
        from_there = visitor_from(kit, f"198.51.100.{at}")
        from_there.get("/forgotten-password").submit("Continue", account=f"nobody{at}@example.com").submit(SEND_LINK)
    kit.deliver()

    forgot_password(kit).submit(SEND_LINK)

    assert "/reset/" in mails(kit, ALICE)[-1].text
    assert hits(kit) == {"site_links": 1, "site_links/2": 1}


def test_new_mailboxes_leave_links_for_people_with_accounts(make_kit) -> None:
    kit = make_kit(TRUSTWEB_DAILY_SENDS="4", **OPEN)
    proved(kit, old(kit))
    asked = [register(kit, f"new{at}@example.com", f"198.51.100.{at}") for at in range(5)]
    assert {each.path for each in asked} == {"/create-account/mailbox"}
    kit.deliver()

    forgot_password(kit).submit(SEND_LINK)

    assert [bool(mails(kit, f"new{at}@example.com")) for at in range(5)] == [True, False, False, False, False]
    assert "/reset/" in mails(kit, ALICE)[-1].text


def test_a_link_that_is_stopped_says_why_in_its_row_and_in_the_log(make_kit, logged: list[str]) -> None:
    kit = make_kit(TRUSTWEB_DAILY_SENDS="4")
    proved(kit, kit.account())
    used(kit, "site_links/2", 2)

    forgot_password(kit).submit(SEND_LINK)
    kit.deliver()

    row = newest(kit)
    assert (row.kind, row.state, row.reason) == ("link", "failed", "site-share")
    (line,) = [each for each in logged if each.startswith("not sent: what may go in a day is used up")]
    assert f"'delivery': {row.id}" in line
    assert "'act': 'reset'" in line
    assert ALICE not in line


def test_a_known_browser_has_links_when_strangers_have_used_up_theirs(make_kit) -> None:
    kit = make_kit(TRUSTWEB_DAILY_SENDS="4")
    proved(kit, kit.account(numbers=(MOBILE,)))
    owner = kit.signed_in().submit("Sign out")
    used(kit, "site_links/2", 2)
    stranger = forgot_password(kit).submit(SEND_LINK)
    assert mails(kit, ALICE) == []

    kit.clock.forward(minutes=2)
    owner.get("/forgotten-password").submit("Continue", account=ALICE).submit(SEND_LINK)

    assert owner.text == stranger.text
    assert "/reset/" in mails(kit, ALICE)[-1].text


@pytest.mark.parametrize("name", [ALICE, "nobody@example.com"])
def test_used_up_links_look_the_same_for_everybody(make_kit, name: str) -> None:
    kit = make_kit(TRUSTWEB_DAILY_SENDS="4")
    proved(kit, kit.account())
    fresh = forgot_password(kit, name).submit(SEND_LINK)
    used(kit, "site_links/2", 2)
    kit.clock.forward(minutes=2)

    after = forgot_password(kit, name).submit(SEND_LINK)

    assert (after.status, after.path, after.text) == (fresh.status, fresh.path, fresh.text)


def test_newcomers_leave_links_for_accounts_that_have_been_here_for_long(make_kit) -> None:
    kit = make_kit(TRUSTWEB_DAILY_SENDS="8", **OPEN)
    proved(kit, old(kit, numbers=(MOBILE,)))
    owner = kit.signed_in().submit("Sign out")
    for at in range(4):
        newcomer = f"new{at}@example.com"
        proved(kit, kit.account(newcomer))
        forgot_password(kit, newcomer, kit.signed_in(newcomer).submit("Sign out")).submit(SEND_LINK)
    kit.deliver()
    assert hits(kit)["site_links"] == 2

    for visitor in (owner, kit.visitor()):
        forgot_password(kit, ALICE, visitor).submit(SEND_LINK)
        kit.clock.forward(minutes=2)

    assert sum("/reset/" in each.text for each in mails(kit, ALICE)) == 2


def uses(kit: Kit, name: str, account_id: int) -> bool:
    """Tell whether one more message may be sent to this account in a known browser."""
    try:
        with kit.core.database.writing() as work:
            limits.take(work, *site_shares.of_account(work, name, account_id, known_browser=True))
    except TooOften:
        return False
    return True


@pytest.mark.parametrize("name", ["site_proved", "site_unproved", "site_own_links", "site_links"])
@pytest.mark.parametrize(("daily", "most"), [("4", 3), ("8", 5), ("20", 13), ("100", 60)])
def test_one_account_alone_uses_up_little_more_than_half(make_kit, name: str, daily: str, most: int) -> None:
    kit = make_kit(TRUSTWEB_DAILY_SENDS=daily)

    alone = sum(uses(kit, name, 1) for _ in range(int(daily)))

    assert alone == most
    assert uses(kit, name, 2)


def test_one_account_that_adds_numbers_leaves_some_to_others(make_kit) -> None:
    kit = make_kit(TRUSTWEB_DAILY_SENDS="20", TRUSTWEB_ACCOUNT_SENDS="99/3600")
    for name in (ALICE, BOB):
        kit.account(name, numbers=(MOBILE,))
    greedy = kit.signed_in(BOB)
    for at in range(20):
        add_number(greedy, f"01512 34567{at:02}")
    assert "This site can send no more codes now." in greedy.text

    assert add_number(kit.signed_in(), "01512 3456789").status == 200


def test_a_link_that_is_tried_again_counts_once(make_kit) -> None:
    from trustweb.transports import DeliveryError

    kit = make_kit(TRUSTWEB_DAILY_SENDS="4")
    proved(kit, kit.account())
    kit.mails.failures.append(DeliveryError("away"))
    forgot_password(kit).submit(SEND_LINK)
    kit.deliver()
    kit.clock.forward(minutes=1)

    assert "/reset/" in mails(kit, ALICE)[-1].text
    assert hits(kit) == {"site_links": 1, "site_links/2": 1}


def test_the_log_says_when_half_most_and_all_is_used_up(logged: list[str]) -> None:
    windows = [Window("site_proved", hits, 10, None) for hits in range(1, 11)]  # type: ignore[arg-type]

    site_shares.note([*windows, Window("proved_sends", 10, 10, None)])  # type: ignore[arg-type]

    percents = [line.partition("'percent': ")[2].partition(",")[0] for line in logged]
    assert percents == ["50", "80", "100"]


@pytest.mark.parametrize("registration", ["invitation", "open"])
def test_neighbours_who_add_numbers_keep_no_owner_from_it(make_kit, registration: str) -> None:
    kit = make_kit(TRUSTWEB_ADDRESS_SENDS="1/3600", TRUSTWEB_REGISTRATION=registration)
    kit.account(BOB, numbers=(MOBILE,))
    old(kit, numbers=(MOBILE,))
    neighbour = kit.signed_in(BOB)
    for at in (1, 2):
        add_number(neighbour, f"01512 345678{at}")

    assert add_number(kit.signed_in()).status == 200
