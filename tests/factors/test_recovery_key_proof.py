"""A recovery key as a proof: usable once, told, counted, and of little use to a thief."""

from __future__ import annotations

import pytest

from tests.support import apps, authenticator
from tests.support.crowd import at_once
from tests.support.journal_kit import entries
from tests.support.kit import ALICE, BOB, FIXED, MOBILE, OTHER_MOBILE, Kit
from tests.support.notices import notices_to
from tests.support.paper import KEY, USED_UP, factor_id, give_key, make_key, try_again, use_paper
from tests.support.sign_in import enter_password
from tests.support.trusted_numbers import MASKED_FIXED
from trustweb.accounts import token_hash
from trustweb.factors import recovery_key
from trustweb.factors.recovery_key import RecoveryKeyUnreadable, RecoveryKeyWrong
from trustweb.models import Account, SignInSession

WRONG, NOT_IT = "0" * 28, "That is not your recovery key, or it is used up."


@pytest.fixture
def alice(kit: Kit) -> Account:
    return kit.account(numbers=(MOBILE, FIXED))


@pytest.fixture
def key(kit: Kit, alice: Account) -> str:
    return give_key(kit, alice)


def test_it_stands_in_for_the_code_and_opens_the_window_for_changes(kit: Kit, key: str) -> None:
    visitor = use_paper(enter_password(kit), KEY, key)

    assert visitor.path == "/security"
    assert visitor.get("/security/numbers/add").path == "/security/numbers/add"
    with kit.core.database.reading() as work:
        assert work.db.query(SignInSession).one().proved_by == factor_id(kit, "recovery_key")


def test_the_page_asks_for_a_new_one_until_there_is_one(kit: Kit, key: str) -> None:
    visitor = use_paper(enter_password(kit), KEY, key)
    assert USED_UP in visitor.text
    assert "used up on March 12, 2026" in visitor.get("/security").text
    assert KEY not in enter_password(kit).buttons

    make_key(visitor)

    assert USED_UP not in visitor.get("/security").text


@pytest.mark.parametrize("first", ["nothing", "number", "app", "device", "passkey"])
def test_it_is_offered_whatever_the_page_asks_for_first(kit: Kit, first: str) -> None:
    account = kit.account(numbers=(MOBILE,) if first != "nothing" else (MOBILE, FIXED))
    key = give_key(kit, account)
    if first == "app":
        apps.give(kit, account)
    if first == "device":
        kit.signed_in().submit("Trust")
    if first == "passkey":
        authenticator.add(kit.signed_in())

    assert use_paper(enter_password(kit), KEY, key).path == "/security"


def test_a_used_key_opens_nothing(kit: Kit, key: str) -> None:
    second = enter_password(kit).submit(KEY)
    use_paper(enter_password(kit), KEY, key)

    assert NOT_IT in second.submit("Continue", typed=key).text
    assert second.get("/security").path == "/sign-in/code"


def test_it_is_no_proof_for_a_change(kit: Kit, key: str) -> None:
    visitor = kit.signed_in().get("/verify")
    assert KEY not in visitor.buttons

    assert visitor.get("/verify/with/recovery-key").status == 404
    assert visitor.get("/verify").post("/verify/with/recovery-key", typed=key).status == 404


def test_its_page_is_only_there_while_there_is_a_key(kit: Kit, alice: Account) -> None:
    assert enter_password(kit).get("/sign-in/code/with/recovery-key").path == "/sign-in/code"
    assert enter_password(kit).get("/sign-in/code/with/nothing").status == 404


def test_wrong_ones_count_with_wrong_codes(kit: Kit, key: str) -> None:
    stranger = enter_password(kit).submit(KEY)
    for _ in range(5):
        assert NOT_IT in try_again(stranger, WRONG).text

    assert "There were too many wrong codes." in try_again(stranger, key).text
    assert stranger.status == 429
    stranger.get("/sign-in/code").submit("Text me at +44 •••• ••••56")
    assert "There were too many wrong codes." in stranger.submit("Continue", verification_code=kit.code()).text


def test_what_cannot_be_a_key_costs_nothing(kit: Kit, key: str) -> None:
    stranger = enter_password(kit).submit(KEY)
    for _ in range(8):
        assert "A recovery key is 28 letters and digits" in try_again(stranger, key[:-1]).text

    assert try_again(stranger, key).path == "/security"


def test_strangers_who_guess_lock_no_known_browser_out(kit: Kit, key: str) -> None:
    owner = kit.signed_in().submit("Sign out")
    stranger = enter_password(kit).submit(KEY)
    for _ in range(6):
        try_again(stranger, WRONG)

    owner.get("/sign-in").submit("Sign In", account=ALICE, password="correct horse battery")

    assert "Somebody knows your password" in use_paper(owner, KEY, key).text


def test_each_step_is_in_the_journal_and_told(kit: Kit, alice: Account) -> None:
    owner = kit.signed_in()
    first = make_key(owner)
    make_key(owner)
    owner.submit("Remove the recovery key").submit("Remove")
    key = give_key(kit, alice)
    use_paper(enter_password(kit), KEY, key)

    events = [each.event.removeprefix("recovery_key_") for each in entries(kit, alice)]
    assert events == ["signed_in", "set", "replaced", "removed", "used", "signed_in"]
    assert entries(kit, alice)[-1].details == {"method": "recovery_key"}
    kit.clock.forward(minutes=20)
    words = " ".join(each.text for each in notices_to(kit, MOBILE))
    assert "A recovery key was made." in words
    assert first not in words


def test_the_verb_for_a_new_password_uses_it_up_and_opens_no_session(kit: Kit, alice: Account, key: str) -> None:
    with kit.core.database.writing(alice.id) as work:
        assert recovery_key.prove(work, alice.id, key.lower()) == factor_id(kit, "recovery_key")

    with kit.core.database.reading() as work:
        assert work.db.query(SignInSession).count() == 0
    assert [each.event for each in entries(kit, alice)] == ["recovery_key_used"]
    assert KEY not in enter_password(kit).buttons


@pytest.mark.parametrize(("typed", "refusal"), [(WRONG, RecoveryKeyWrong), ("?", RecoveryKeyUnreadable)])
def test_the_verb_refuses_what_is_not_the_key(kit: Kit, alice: Account, key: str, typed: str, refusal: type) -> None:
    with pytest.raises(refusal), kit.core.database.writing(alice.id) as work:
        recovery_key.prove(work, alice.id, typed)

    assert use_paper(enter_password(kit), KEY, key).path == "/security"


def test_the_verb_takes_nobody_elses_key(kit: Kit, alice: Account, key: str) -> None:
    bob = kit.account(BOB, numbers=(OTHER_MOBILE,))

    with pytest.raises(RecoveryKeyWrong), kit.core.database.writing(bob.id) as work:
        recovery_key.prove(work, bob.id, key)


def test_of_sixty_four_at_once_one_uses_it(racing: Kit) -> None:
    account = racing.account(numbers=(MOBILE,))
    key = give_key(racing, account)

    def first() -> bool:
        with racing.core.database.writing() as work:  # without the account's lock: the row decides
            using = {"account": account.id, "hashed": token_hash(key), "now": work.now}
            return work.execute(recovery_key._USE, using).first() is not None

    assert sum(at_once([first] * 64)) == 1


def test_who_comes_back_with_it_puts_back_what_a_thief_removed(kit: Kit, alice: Account, key: str) -> None:
    kit.signed_in().get("/security/numbers").submit(f"Remove {MASKED_FIXED}").submit("Remove")
    kit.clock.forward(minutes=1)
    owner = use_paper(enter_password(kit), KEY, key)

    make_key(owner)
    owner.get("/security/numbers").submit(f"Put back {MASKED_FIXED}")

    assert MASKED_FIXED in owner.get("/security").text
