"""The rule of who may remove which factor and when, alone and against a thief who got in once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.support.kit import ALICE, BOB, MOBILE, OTHER_MOBILE, Kit
from trustweb import engines, factors
from trustweb.authentication import proving, sessions
from trustweb.codes import challenges, sending
from trustweb.factors import authenticator_apps, enrolled, trusted_numbers
from trustweb.factors.removal_rules import LastFactor, RemovalTooEarly, check_removal
from trustweb.models import AUTHENTICATOR_APP, Account, FactorView, NumberView, Proof, SessionView, SignInSession
from trustweb.work import Refused, Work

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@dataclass(frozen=True)
class Thing:
    id: int
    added_at: datetime
    disabled_at: datetime | None = None

    @property
    def trusted_from(self) -> datetime:
        return self.added_at + DAY


@dataclass(frozen=True)
class Case:
    target: Thing
    things: list[Thing]
    provers: list[Thing]
    two_factor: bool

    def refused(self, now: datetime) -> Refused | None:
        try:
            check_removal(self.target, self.things, self.provers, two_factor=self.two_factor, now=now)
        except Refused as refusal:
            return refusal
        return None

    @property
    def remaining(self) -> list[Thing]:
        return [each for each in self.things if each != self.target]

    @property
    def locks_out(self) -> bool:
        return self.two_factor and all(each.disabled_at for each in self.remaining)

    def too_young(self, now: datetime) -> bool:
        return any(each.trusted_from > now and self.target.added_at <= each.added_at for each in self.provers)

    def leaves_only_new_ones(self, now: datetime) -> bool:
        rested = [each for each in self.things if each.trusted_from <= now]
        return bool(rested and self.remaining and not set(rested) - {self.target})


@st.composite
def cases(draw: st.DrawFn) -> Case:
    minutes = draw(st.lists(st.integers(0, 2 * 1440), min_size=1, max_size=4))
    off = draw(st.lists(st.integers(0, 3), min_size=4, max_size=4))
    things = [Thing(i, NOW - timedelta(minutes=m), None if off[i] else NOW) for i, m in enumerate(minutes)]
    provers = draw(st.lists(st.sampled_from(things), max_size=2, unique=True))
    return Case(draw(st.sampled_from(things)), things, provers, two_factor=draw(st.booleans()))


@settings(max_examples=200, deadline=None)
@given(cases())
def test_a_removal_is_refused_exactly_when_a_rule_says_so(case: Case) -> None:
    expected = case.locks_out or case.too_young(NOW) or case.leaves_only_new_ones(NOW)

    assert bool(case.refused(NOW)) == expected
    assert isinstance(case.refused(NOW), LastFactor) == case.locks_out


@settings(max_examples=300, deadline=None)
@given(cases())
def test_a_refusal_says_when_the_removal_becomes_possible(case: Case) -> None:
    refusal = case.refused(NOW)

    if isinstance(refusal, RemovalTooEarly):
        assert refusal.possible_at > NOW
        assert case.refused(refusal.possible_at) is None
        assert isinstance(case.refused(refusal.possible_at - SECOND), RemovalTooEarly)


def test_with_two_young_proofs_the_younger_one_decides() -> None:
    old, first, second = Thing(1, NOW - 2 * DAY), Thing(2, NOW - 2 * SECOND), Thing(3, NOW - SECOND)

    refusal = Case(old, [old, first, second], [first, second], two_factor=True).refused(NOW)

    assert isinstance(refusal, RemovalTooEarly)
    assert refusal.possible_at == second.trusted_from


def begin(work: Work, account: Account, factor_id: int) -> SignInSession:
    session, _ = sessions.start(work, account.id, stage=sessions.PASSWORD, known_browser=True)
    proving.promote(work, session, Proof(factor_id, "trusted_number"))
    return as_it_is(work, session)


def as_it_is(work: Work, session: SessionView | SignInSession) -> SignInSession:
    return work.db.get_one(SignInSession, session.id, populate_existing=True)


def open_session(kit: Kit, account: Account, factor_id: int) -> SignInSession:
    with kit.core.database.writing() as work:
        return begin(work, account, factor_id)


def listed(kit: Kit, account: Account) -> Sequence[NumberView]:
    with kit.core.database.reading() as work:
        return enrolled.of(work, account.id).numbers


def remove(kit: Kit, session: SignInSession, public_id: str) -> None:
    with kit.core.database.writing(session.account_id) as work:
        trusted_numbers.remove(work, as_it_is(work, session), public_id)


class BreakIn(RuleBasedStateMachine):
    """A thief has one session from one intercepted code, adds numbers and apps and uses them. The owner fights back."""

    def __init__(self, kit: Kit, account: Account) -> None:
        super().__init__()
        self.kit, self.account, self.added = kit, account, 0
        self.transaction = kit.core.database.writing()  # one for the whole story, undone at its end
        self.work = self.transaction.__enter__()
        self.began = self.work.now
        self.owners = enrolled.of(self.work, account.id).numbers
        self.sessions = {who: begin(self.work, account, self.owners[0].id) for who in ("owner", "thief")}
        self.proofs = {who: [self.owners[0], self.owners[0]] for who in self.sessions}

    def teardown(self) -> None:
        engines.undo(self.work.connection)
        self.transaction.__exit__(None, None, None)

    def present(self, who: str | None = None) -> Sequence[FactorView]:
        owners = {each.id for each in self.owners}
        everything = sorted(enrolled.of(self.work, self.account.id).sign_in_factors, key=lambda each: each.id)
        return [each for each in everything if who is None or (each.id in owners) == (who == "owner")]

    @rule(minutes=st.sampled_from([1, 5, 700, 1441]))
    def time_passes(self, minutes: int) -> None:
        self.work.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.added < 5)
    @rule(app=st.booleans())
    def the_thief_adds_a_factor(self, app: bool) -> None:
        self.added += 1
        if app:
            self.kit.factor(self.work, self.account, AUTHENTICATOR_APP, added=self.work.now)
        else:
            self.kit._number(self.work, self.account, f"+44740012345{self.added}", self.work.now)
        self.work.db.flush()

    @rule(who=st.sampled_from(["owner", "thief"]), which=st.integers(0, 5), anew=st.booleans())
    def somebody_proves(self, who: str, which: int, anew: bool) -> None:
        if numbers := self.present(who):
            proof, prove = numbers[which % len(numbers)], proving.promote if anew else proving.open_step_up
            prove(self.work, self.sessions[who], Proof(proof.id, proof.kind))
            self.proofs[who] = [proof if anew else self.proofs[who][0], proof]

    @rule(who=st.sampled_from(["thief", "thief", "owner"]), which=st.integers(0, 3))
    def somebody_removes(self, who: str, which: int) -> None:
        before, now = self.present(), self.work.now
        target = before[which % len(before)]
        try:
            with self.work.savepoint():
                kind = authenticator_apps if target.kind == AUTHENTICATOR_APP else trusted_numbers
                kind.remove(self.work, as_it_is(self.work, self.sessions[who]), target.public_id)
        except (Refused, factors.FreshProofNeeded):
            return
        assert all(each.added_at <= now - DAY or target.added_at > each.added_at for each in self.proofs[who])
        rested = [each for each in before if each.added_at <= now - DAY]
        assert not rested or set(rested) - {target}

    @invariant()
    def one_usable_number_is_left(self) -> None:
        assert any(each.disabled_at is None for each in self.present())

    @invariant()
    def for_a_day_the_owner_keeps_a_number(self) -> None:
        assert self.work.now >= self.began + DAY or self.present("owner")


@pytest.mark.slow
def test_a_thief_with_one_session_never_throws_the_owner_out(kit: Kit) -> None:
    account = kit.account(numbers=(MOBILE, OTHER_MOBILE))
    size = settings(max_examples=100, stateful_step_count=20, deadline=None)

    run_state_machine_as_test(lambda: BreakIn(kit, account), settings=size)


def test_a_session_of_a_removed_young_number_still_removes_no_older_one(kit: Kit) -> None:
    account = kit.account(numbers=(MOBILE, OTHER_MOBILE))
    with kit.core.database.writing() as work:
        kit._number(work, account, "+447400123499", work.now)
    old, other, young = listed(kit, account)
    owner, thief = open_session(kit, account, old.id), open_session(kit, account, young.id)

    remove(kit, owner, young.public_id)

    with pytest.raises((Refused, factors.FreshProofNeeded, factors.NotFound)):
        remove(kit, thief, other.public_id)


def test_a_removed_number_counts_for_nothing_and_may_come_again(make_kit) -> None:
    kit = make_kit(TRUSTWEB_MAX_NUMBERS="2")
    account = kit.account(numbers=(MOBILE, OTHER_MOBILE))
    session = open_session(kit, account, listed(kit, account)[0].id)
    remove(kit, session, listed(kit, account)[1].public_id)

    with kit.core.database.writing() as work:
        kit._number(work, account, OTHER_MOBILE, work.now)

    assert [each.number for each in listed(kit, account)] == [MOBILE, OTHER_MOBILE]


def test_a_number_stops_at_once_also_in_the_middle_of_a_proof(kit: Kit) -> None:
    account = kit.account(numbers=(MOBILE, OTHER_MOBILE))
    kept, gone = listed(kit, account)
    session = open_session(kit, account, kept.id)
    with kit.core.database.writing() as work:
        sending.send(work, session, challenges.STEP_UP, trusted_numbers.destination(gone), "text", seen_token="")

    remove(kit, session, gone.public_id)

    with kit.core.database.reading() as work:
        assert challenges.live(work, session, challenges.STEP_UP) is None


def test_the_last_number_and_a_strangers_number_stay(kit: Kit) -> None:
    alice, bob = kit.account(ALICE, numbers=(MOBILE,)), kit.account(BOB, numbers=(MOBILE,))
    session = open_session(kit, alice, listed(kit, alice)[0].id)

    with pytest.raises(LastFactor):
        remove(kit, session, listed(kit, alice)[0].public_id)
    with pytest.raises(factors.NotFound):
        remove(kit, session, listed(kit, bob)[0].public_id)
