"""Limits of wrong passkeys, and of what strangers write into the database with them."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.support.authenticator import PASSKEY_REFUSED, Authenticator, add, use
from tests.support.crowd import at_once
from tests.support.kit import ALICE, MOBILE, NETWORK, PASSWORD, Kit
from tests.support.sign_in import enter_password
from trustweb.authentication import passkey_sign_in, sessions
from trustweb.authentication.sign_in import Browser
from trustweb.codes.challenges import SIGN_IN
from trustweb.factors import ceremonies, enrolled, passkey_proofs
from trustweb.factors.ceremonies import ALONE, Binding, PasskeyWrong
from trustweb.models import UsedChallenge
from trustweb.work import NOWHERE, Refused

RACERS = 64


@pytest.fixture
def key(kit: Kit) -> Authenticator:
    kit.account(numbers=(MOBILE,))
    return add(kit.signed_in())


def used(kit: Kit) -> int:
    with kit.core.database.reading() as work:
        return work.db.scalar(select(func.count()).select_from(UsedChallenge)) or 0


def test_wrong_answers_count_with_wrong_codes(kit: Kit, key: Authenticator) -> None:
    stranger, forger = enter_password(kit), Authenticator(id=key.id)
    for _ in range(5):
        assert PASSKEY_REFUSED in use(stranger, forger).text

    assert "There were too many wrong codes." in use(stranger, forger).text
    assert stranger.status == 429

    assert "Somebody knows your password" in use(kit.visitor().get("/sign-in"), key).text


def test_nobody_guesses_a_signature_so_wrong_ones_do_not_stop_a_right_one(kit: Kit, key: Authenticator) -> None:
    for _ in range(6):
        use(enter_password(kit), Authenticator(id=key.id))

    assert use(enter_password(kit), key).path == "/security"


def test_right_answers_are_given_back(kit: Kit, key: Authenticator) -> None:
    assert {use(enter_password(kit), key).path for _ in range(8)} == {"/security"}


def test_a_stranger_uses_up_nobodys_tries_without_the_password(kit: Kit, key: Authenticator) -> None:
    forger = Authenticator(id=key.id, user_handle=key.user_handle)
    for _ in range(20):
        use(kit.visitor().get("/sign-in"), forger)

    assert use(kit.visitor().get("/sign-in"), forger).status == 429
    kit.clock.forward(minutes=6)
    assert use(enter_password(kit), key).path == "/security"
    assert "Somebody knows your password" not in use(kit.visitor().get("/sign-in"), key).text


def test_looking_and_guessing_leave_no_rows(kit: Kit, key: Authenticator) -> None:
    before = used(kit)
    for _ in range(3):
        use(kit.visitor().get("/sign-in"), Authenticator(user_handle="x"))

    assert used(kit) == before
    use(kit.visitor().get("/sign-in"), key)
    assert used(kit) == before + 1


def test_used_challenges_are_forgotten_once_they_are_too_old(kit: Kit, key: Authenticator) -> None:
    kit.clock.forward(seconds=200)
    use(enter_password(kit), key)
    kit.clock.forward(seconds=101)

    kit.core.sender.tidy()

    assert used(kit) == 1


@pytest.mark.slow
@pytest.mark.parametrize("alone", [False, True], ids=["instead of the code", "alone"])
def test_of_many_with_one_answer_one_is_first(racing: Kit, alone: bool) -> None:
    account = racing.account(numbers=(MOBILE,))
    key, database = add(racing.signed_in()), racing.core.database
    with database.writing(account.id) as work:
        session, _ = sessions.start(work, account.id, stage=sessions.PASSWORD, known_browser=False)
        mine = enrolled.of(work, account.id).passkeys
        options = passkey_proofs.to_prove(work, session, SIGN_IN, mine)
        binding = Binding(ALONE, "family")
        answer = key.sign(ceremonies.to_prove(work.config, work.keys, work.now, binding) if alone else options or {})

    def run() -> str:
        try:
            if alone:
                browser = Browser("b" * 43, "family")
                passkey_sign_in.with_passkey_alone(database, answer, network=NETWORK, browser=browser, origin=NOWHERE)
            else:
                with database.writing() as work:  # no lock on the account: the row count decides
                    passkey_proofs.prove(work, session, SIGN_IN, answer)
        except Refused as refused:
            return type(refused).__name__
        return "in"

    assert Counter(at_once([run] * RACERS)) == {"in": 1, "PasskeyLate": RACERS - 1}


ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "response", "clientDataJSON", "challenge", "userHandle"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANSWERS)
@example("[" * 9000)
@example('{"id": "AAAA", "response": {"clientDataJSON": "bnVsbA"}}')
def test_nonsense_is_refused(answer: object) -> None:
    import json

    text = answer if isinstance(answer, str) else json.dumps(answer)

    with pytest.raises(PasskeyWrong):
        ceremonies.read(text)


def test_nonsense_is_refused_on_every_page(kit: Kit, key: Authenticator) -> None:
    signed_in = kit.signed_in()
    pages = {
        "/sign-in/passkey": kit.visitor().get("/sign-in"),
        "/sign-in/code/passkey": enter_password(kit),
        "/verify/passkey": signed_in.tab().get("/verify"),
        "/security/passkeys/add": signed_in.get("/security/passkeys/add"),
    }

    for action, visitor in pages.items():
        assert PASSKEY_REFUSED in visitor.tab().submit(action, answer="nonsense").text
        assert "Something here is too long." in visitor.submit(action, answer="x" * 20000).text


def test_the_password_page_works_beside_it(kit: Kit, key: Authenticator) -> None:
    visitor = kit.visitor().get("/sign-in").submit("/sign-in/passkey", answer="nonsense")

    assert visitor.submit("Sign In", account=ALICE, password=PASSWORD).path == "/sign-in/code"
