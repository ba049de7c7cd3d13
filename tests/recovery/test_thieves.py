"""Each line of the table in docs/ways-back.md, of what a thief can reach, over HTTP."""

from __future__ import annotations

import pytest

from tests.support.http_client import Visitor
from tests.support.kit import ALICE, FIXED, MOBILE, PASSWORD, Kit
from tests.support.mail_kit import link, proved
from tests.support.notices import NOT_ME
from tests.support.paper import CODE, KEY, give_codes, give_key, make_key, use_paper
from tests.support.password_reset import NEW_PASSWORD, forgot_password, reset_link, set_new_password
from tests.support.recovery import RECOVERY_ASKED, count_messages, recovery_link, run_for, start_wait
from tests.support.sign_in import enter_password
from tests.support.trusted_devices import PROMPT, trusted_browser
from tests.support.trusted_numbers import remove_number
from trustweb.models import Account

HOME = "+44 •• •••• ••00"


@pytest.fixture
def alice(kit: Kit) -> Account:
    """Somebody with a mobile phone, a phone at home, and a mailbox."""
    account = kit.account(numbers=(MOBILE, FIXED))
    proved(kit, account)
    kit.deliver()
    kit.clock.forward(minutes=11)
    return account


def stop(kit: Kit, place: str) -> None:
    """The owner follows the link of the newest notice."""
    words = next(each.text.split() for each in reversed(kit.messages(place)) if "/not-me/" in each.text)
    url = next(each for each in reversed(words) if "/not-me/" in each)
    kit.visitor().get(url.removeprefix("http://localhost:8000")).submit(NOT_ME)


def removing_thief(kit: Kit) -> Visitor:
    thief = remove_number(kit.signed_in(), HOME)
    kit.clock.forward(minutes=1)
    return thief


# The password and the SIM


def test_with_password_and_sim_a_thief_is_in_and_every_channel_hears_of_a_change(kit: Kit, alice: Account) -> None:
    thief = removing_thief(kit)

    assert thief.get("/security").path == "/security"
    assert count_messages(kit, ALICE, "The phone number ending in 00 was removed.") == 1


def test_the_owner_throws_that_thief_out_by_the_mailbox_and_puts_back_what_was_removed(
    kit: Kit, alice: Account
) -> None:
    code, *_ = give_codes(kit, alice)
    thief = removing_thief(kit)
    stop(kit, ALICE)
    set_new_password(kit, reset_link(kit))

    assert thief.get("/security").path == "/sign-in"
    assert enter_password(kit).path == "/sign-in"
    owner = use_paper(enter_password(kit, password=NEW_PASSWORD), CODE, code)
    assert f"Remove {HOME}" in owner.get("/security/numbers").submit(f"Put back {HOME}").body


# The password and the mailbox


def test_with_password_and_mailbox_a_thief_is_not_in_and_has_to_wait(kit: Kit, alice: Account) -> None:
    thief = start_wait(kit)
    run_for(kit, 71)

    assert "Send me the link" not in thief.get("/sign-in/recovery").buttons
    assert count_messages(kit, MOBILE, "asked to recover the account") == 1
    assert count_messages(kit, MOBILE, "Half of the wait") == 1


def test_whoever_signs_in_meanwhile_ends_that(kit: Kit, alice: Account) -> None:
    thief = start_wait(kit)
    kit.signed_in()

    assert "Start the wait" in thief.get("/sign-in/recovery").buttons


def test_after_the_wait_that_thief_has_the_account(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    run_for(kit, 72)
    thief = kit.visitor().get(recovery_link(kit))

    assert thief.submit("Continue", current_password=PASSWORD, new_password=NEW_PASSWORD).path == "/security/two-factor"


def test_the_mailbox_alone_brings_a_password_that_opens_no_wait(kit: Kit, alice: Account) -> None:
    set_new_password(kit, reset_link(kit))
    thief = enter_password(kit, password=NEW_PASSWORD)

    assert thief.path == "/sign-in/code"
    assert "two different proofs are needed" in thief.get("/sign-in/recovery").text


def test_the_mailbox_alone_does_not_finish_the_wait_that_its_owner_began(kit: Kit, alice: Account) -> None:
    start_wait(kit)
    run_for(kit, 72)
    ready = recovery_link(kit)
    set_new_password(kit, reset_link(kit))
    thief = enter_password(kit, password=NEW_PASSWORD).get("/sign-in/recovery")
    assert "two different proofs are needed" in thief.text

    thief.get("/sign-in/code").post("/sign-in/recovery/link")

    assert "Somebody stopped this meanwhile." in thief.text or thief.status == 422
    assert kit.visitor().get(ready).status == 404


# A stolen laptop


def test_an_open_session_shows_but_changes_nothing(kit: Kit, alice: Account) -> None:
    thief = trusted_browser(kit)
    kit.clock.forward(minutes=15)

    assert MOBILE not in thief.get("/security").body
    for page in ("/security/numbers/add", "/security/password", "/account/address", "/security/recovery-key/new"):
        assert thief.get(page).path == "/verify"
    assert ALICE in thief.get("/account").text


def test_with_the_window_open_another_mailbox_brings_no_password_for_a_day(kit: Kit, alice: Account) -> None:
    thief = kit.signed_in()
    thief.get("/account/address").submit("Send a link", new_e_mail_address="eve@example.com")
    kit.visitor().get(link(kit, "eve@example.com")).submit("Use this address")
    forgot_password(kit, "eve@example.com").submit("Send a link to my mailbox")

    assert not any("/reset/" in each.text for each in kit.messages("eve@example.com"))
    kit.clock.forward(minutes=11)
    assert count_messages(kit, ALICE, "The e-mail address was changed.") == 1


def test_nor_does_a_recovery_key_of_the_thief(kit: Kit, alice: Account) -> None:
    key = make_key(kit.signed_in())
    visitor = forgot_password(kit).submit("Use my recovery key")
    visitor.submit("Set the password", recovery_key=key, new_password=NEW_PASSWORD)

    assert "This recovery key is new." in visitor.text
    assert enter_password(kit).path == "/sign-in/code"


def test_the_owner_ends_an_open_session_from_elsewhere(kit: Kit, alice: Account) -> None:
    thief = trusted_browser(kit)
    kit.signed_in().get("/security/devices").submit("Sign out everywhere else")

    assert thief.get("/security").path == "/sign-in"


def test_the_trusted_cookie_alone_opens_only_the_prompts(kit: Kit, alice: Account) -> None:
    thief = trusted_browser(kit).get("/security").submit("Sign out")
    other = enter_password(kit)
    other.submit("Show it on my trusted devices") if "Show it on my trusted devices" in other.buttons else None

    assert PROMPT in thief.get("/prompts").text
    assert thief.get("/security").path == "/sign-in"
    assert ALICE not in thief.get("/account").text


def test_the_trusted_cookie_is_the_second_step_until_the_owner_removes_it(kit: Kit, alice: Account) -> None:
    thief = trusted_browser(kit).get("/security").submit("Sign out")
    assert typing_here(thief).path == "/security"
    kit.clock.forward(minutes=1)
    owner = kit.signed_in().get("/security/devices")
    owner.submit("Remove Chrome, Linux").submit("Remove")

    assert thief.get("/security").path == "/sign-in"
    assert typing_here(thief).path == "/sign-in/code"


def typing_here(visitor: Visitor) -> Visitor:
    return visitor.get("/sign-in").submit("Sign In", account=ALICE, password=PASSWORD)


# A stolen backup code


def test_a_backup_code_alone_opens_nothing(kit: Kit, alice: Account) -> None:
    code, *_ = give_codes(kit, alice)
    visitor = forgot_password(kit).submit("Use my recovery key")

    assert visitor.submit("Set the password", recovery_key=code, new_password=NEW_PASSWORD).status == 422
    assert enter_password(kit).get("/security").path == "/sign-in/code"


def test_with_the_password_it_signs_in_once(kit: Kit, alice: Account) -> None:
    code, *_ = give_codes(kit, alice)

    assert use_paper(enter_password(kit), CODE, code).path == "/security"
    assert use_paper(enter_password(kit), CODE, code).path != "/security"
    assert "9 codes left" in kit.signed_in().get("/security").text


# A stolen recovery key


def test_the_recovery_key_alone_brings_a_password_and_no_second_step(kit: Kit, alice: Account) -> None:
    key = give_key(kit, alice)
    visitor = forgot_password(kit).submit("Use my recovery key")
    visitor.submit("Set the password", recovery_key=key, new_password=NEW_PASSWORD)

    assert enter_password(kit, password=NEW_PASSWORD).path == "/sign-in/code"
    assert KEY not in enter_password(kit, password=NEW_PASSWORD).buttons
    assert count_messages(kit, MOBILE, "A new password was set") == 1


def test_a_thief_who_waits_is_seen_on_every_page(kit: Kit, alice: Account) -> None:
    device = trusted_browser(kit).get("/security").submit("Sign out")
    start_wait(kit)

    assert RECOVERY_ASKED in device.get("/prompts").text
