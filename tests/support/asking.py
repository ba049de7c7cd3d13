"""A session that has to enter a code."""

from __future__ import annotations

from tests.support.kit import MOBILE, OTHER_MOBILE, Kit
from trustweb import one_time_code
from trustweb.authentication import sessions
from trustweb.codes import challenges, sending
from trustweb.codes.challenges import SIGN_IN
from trustweb.factors import enrolled, trusted_numbers
from trustweb.models import Account, ChallengeView, Factor, SignInSession
from trustweb.work import Refused

OFTEN = {"TRUSTWEB_PROVED_SENDS": "100/60", "TRUSTWEB_CODE_FAILURES": "100/60"}
"""Limits so wide that a test of something else does not meet them."""


class Asking:
    """A session that stands before the code page; ``known`` says in which kind of browser."""

    def __init__(self, kit: Kit, account: Account | None = None, *, known: bool = True) -> None:
        self.database = kit.core.database
        self.account = account or kit.account(numbers=(MOBILE, OTHER_MOBILE))
        with self.database.writing() as work:
            stage = sessions.PASSWORD
            self.session, _ = sessions.start(work, self.account.id, stage=stage, known_browser=known)
            self.numbers = enrolled.of(work, self.account.id).numbers

    def send(self, which: int = 0, method: str = "text", seen: str | None = None) -> ChallengeView:
        to = trusted_numbers.destination(self.numbers[which])
        with self.database.writing(self.account.id) as work:
            seen = challenges.state_token(challenges.live(work, self.session, SIGN_IN)) if seen is None else seen
            return sending.send(work, self.session, SIGN_IN, to, method, seen_token=seen)

    def check(self, typed: str) -> ChallengeView:
        with self.database.writing() as work:
            session = work.db.get_one(SignInSession, self.session.id)
            return challenges.check(work, session, SIGN_IN, typed)

    def outcome(self, typed: str) -> type:
        try:
            return type(self.check(typed))
        except Refused as refused:
            return type(refused)

    @property
    def live(self) -> ChallengeView:
        with self.database.reading() as work:
            challenge = challenges.live(work, self.session, SIGN_IN)
        assert challenge is not None
        return challenge

    @property
    def code(self) -> str:
        return one_time_code.derive(self.live, self.database.keys)

    @property
    def wrong(self) -> str:
        return f"{(int(self.code) + 1) % 1_000_000:06}"

    def factor(self, which: int = 0) -> Factor:
        with self.database.reading() as work:
            return work.db.get_one(Factor, self.numbers[which].id)
