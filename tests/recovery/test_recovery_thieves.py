"""Attacks with account recovery, links to mailboxes, recovery keys and backup codes."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, EVE, MOBILE, PASSWORD, Kit
from tests.support.mail_kit import ask_change, link, mails, proved
from tests.support.paper import CODE, give_codes, make_codes, make_key, use_paper
from tests.support.password_reset import NEW_PASSWORD
from tests.support.recovery import RECOVERY_ASKED, count_messages, finish_recovery, recovery_link, run_for, start_wait
from tests.support.sign_in import enter_password
from trustweb.codes.limits import Network
from trustweb.models import Account, Recovery
from trustweb.recovery import account_recovery, operator_link
from trustweb.work import NOWHERE, Refused

SPENT = "This link is not good any more"


def still_open(kit: Kit) -> int:
    with kit.core.database.reading() as work:
        return work.db.query(Recovery).filter_by(ended_at=None).count()


def waits_again(kit: Kit) -> Visitor:
    """The owner stops a thief's wait; the thief begins another one, which the same number cannot stop."""
    start_wait(kit)
    kit.signed_in()
    kit.clock.forward(minutes=11)
    start_wait(kit)
    kit.clock.forward(minutes=11)
    owner = kit.signed_in()
    assert RECOVERY_ASKED in owner.get("/security").text
    return owner


def test_a_key_closes_the_wait_that_is_under_way(kit: Kit, alice: Account) -> None:
    owner = waits_again(kit)
    make_key(owner)
    run_for(kit, 1)
    assert still_open(kit) == 0
    assert RECOVERY_ASKED not in kit.signed_in().get("/security").text
    run_for(kit, 72)

    thief = enter_password(kit).get("/sign-in/recovery")
    assert "You have a recovery key" in thief.text

    thief.get("/sign-in/code").post("/sign-in/recovery/link")
    assert mails(kit, ALICE)[-1].subject != "Recover your Trustweb account"


def test_a_new_password_ends_the_wait(kit: Kit, alice: Account) -> None:
    owner = waits_again(kit)

    owner.get("/security/password").submit("Change password", current_password=PASSWORD, new_password=NEW_PASSWORD)

    assert RECOVERY_ASKED not in owner.get("/security").text
    assert still_open(kit) == 0


def test_the_operator_s_link_ends_the_wait(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    with kit.core.database.writing(alice.id) as work:
        path = f"/recovery/{operator_link.make(work, alice.id)}"

    visitor = kit.visitor().get(path).submit("Continue", new_password=NEW_PASSWORD)
    run_for(kit, 2)

    assert still_open(kit) == 0
    assert RECOVERY_ASKED not in visitor.get("/security/two-factor").text


def test_strangers_do_not_use_up_the_links_of_recovery(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(TRUSTWEB_REGISTRATION="open", TRUSTWEB_DAILY_SENDS="3")
    proved(kit, kit.account(numbers=(MOBILE,)))
    start_wait(kit)
    run_for(kit, 73)
    for at in range(4):
        kit.visitor().get("/create-account").submit("Continue", e_mail_address=f"nobody{at}@example.com")

    assert recovery_link(kit).startswith("/recover/")


def test_who_is_signed_out_by_the_owner_changes_no_address(kit: Kit, alice: Account) -> None:
    thief, owner = kit.signed_in(), kit.signed_in()
    ask_change(thief, EVE)
    kit.clock.forward(minutes=11)
    assert count_messages(kit, MOBILE, "Somebody asked for another e-mail address.") == 1

    owner.get("/security/devices").submit("Sign out everywhere else")

    assert SPENT in kit.visitor().get(link(kit, EVE)).text


def test_who_had_the_address_is_told_the_new_one(kit: Kit, alice: Account) -> None:
    ask_change(kit.signed_in(), EVE)
    kit.visitor().get(link(kit, EVE)).submit("Use this address")
    kit.clock.forward(minutes=11)

    assert count_messages(kit, ALICE, f"It is now {EVE}.") == 1
    assert count_messages(kit, MOBILE, EVE) == 0


def test_the_mailbox_stays_the_same_while_somebody_waits(kit: Kit, alice: Account) -> None:
    ask_change(kit.signed_in(), EVE)
    path = link(kit, EVE)
    kit.clock.forward(minutes=11)
    start_wait(kit)

    assert SPENT in kit.visitor().get(path).text


def test_of_many_guesses_at_once_no_more_are_checked_than_the_limit_allows(
    kit: Kit,
    alice: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start_wait(kit)
    run_for(kit, 73)
    word, checked, here = recovery_link(kit).rpartition("/")[2], [], kit.core
    monkeypatch.setattr(here.hasher, "verify", lambda *_, **__: checked.append(1))

    def guess(at: int) -> str:
        try:
            account_recovery.finish(
                here.database, here.hasher, word, password="x", new=NEW_PASSWORD, browser="b" * 43,
                network=Network(f"{at}", f"around {at}"),
                origin=NOWHERE,
            )  # fmt: skip
        except Refused as refused:
            return type(refused).__name__
        return "in"

    with ThreadPoolExecutor(12) as pool:
        assert sorted(set(pool.map(guess, range(12)))) == ["TooOften", "WrongNameOrPassword"]
    assert len(checked) == 5


def test_right_passwords_use_up_no_tries(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    run_for(kit, 72)
    path = recovery_link(kit)
    for _ in range(4):
        finish_recovery(kit, path, "wrong password here")

    assert finish_recovery(kit, path).path == "/security/two-factor"


def test_a_backup_code_is_told(kit: Kit, alice: Account) -> None:
    code = give_codes(kit, alice)[0]
    use_paper(enter_password(kit), CODE, code)
    kit.clock.forward(minutes=11)

    assert count_messages(kit, MOBILE, "A backup code was used.") == 1


def test_this_was_not_me_takes_the_paper_of_today_away(kit: Kit, alice: Account) -> None:
    codes = make_codes(kit.signed_in())
    kit.clock.forward(minutes=11)
    word = re.findall(r"/not-me/\S+", mails(kit, ALICE)[-1].text)[-1]

    kit.visitor().get(word).submit("This wasn’t me: stop it")

    assert CODE not in enter_password(kit).buttons
    assert codes


@pytest.mark.parametrize("place", ["/address/", "/recover/", "/not-me/"])
@pytest.mark.parametrize("number", ["2147483648", "999999999999999", "-1", "0"])
def test_a_number_that_no_row_has_is_no_link(racing: Kit, place: str, number: str) -> None:
    assert racing.visitor().get(f"{place}{number}-{'a' * 32}").status == 404


@pytest.mark.parametrize("text", ["a\0b", "\0"])
def test_what_no_key_types_does_no_harm(racing: Kit, text: str) -> None:
    racing.account(numbers=(MOBILE,))
    stranger = racing.visitor().get("/sign-in")
    stranger.post("/sign-in", account=text, password=text)
    assert stranger.status < 500

    owner = racing.signed_in()
    number = re.search(r"/security/numbers/([\w-]+)/change", owner.get("/security/numbers").body)
    assert number
    owner.get(f"/security/numbers/{number[1]}/change").submit("Save", label=text)
    assert owner.status < 500
