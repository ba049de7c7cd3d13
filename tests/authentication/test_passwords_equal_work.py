"""A wrong password takes the same work for every account, also where the hash has older parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from argon2 import PasswordHasher, extract_parameters

from tests.support.kit import PASSWORD
from trustweb import config
from trustweb.authentication.passwords import Hasher

pytestmark = pytest.mark.slow

BEFORE = {
    "same": (6, 40000),
    "fewer passes": (2, 19456),
    "less memory": (3, 19600),
    "both": (1, 8192),
    "odd": (5, 20000),
}


@pytest.fixture
def hasher(tmp_path: object) -> Hasher:
    settings = config.load({"TRUSTWEB_INSTANCE": str(tmp_path), "TRUSTWEB_ARGON2_TIME": "6"})
    made = Hasher(replace(settings, argon2_memory=40000))
    made.verify(None, PASSWORD, known_browser=True)  # the first makes what nobody is compared with
    return made


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The work of each call of argon2: its memory in KiB, times its passes."""
    done: list[int] = []
    hash_one, verify_one = PasswordHasher.hash, PasswordHasher.verify

    def hash_counted(self: PasswordHasher, password: str) -> str:
        done.append(self.time_cost * self.memory_cost)
        return hash_one(self, password)

    def verify_counted(self: PasswordHasher, stored: str, password: str) -> bool:
        if stored.startswith("$argon2"):
            done.append((was := extract_parameters(stored)).time_cost * was.memory_cost)
        return verify_one(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "hash", hash_counted)
    monkeypatch.setattr(PasswordHasher, "verify", verify_counted)
    return done


def made_with(passes: int, memory: int) -> str:
    return PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=1).hash(PASSWORD)


@pytest.mark.parametrize("stored", [None, "", "no hash", *BEFORE])
def test_a_wrong_password_is_the_same_work(hasher: Hasher, work: list[int], stored: str | None) -> None:
    hashed = made_with(*BEFORE[stored]) if stored in BEFORE else stored
    work.clear()

    assert not hasher.verify(hashed, "not the password", known_browser=True)
    assert sum(work) == pytest.approx(6 * 40000, abs=8)


def test_a_right_one_is_not_made_to_wait(hasher: Hasher, work: list[int]) -> None:
    hashed = made_with(2, 19456)
    work.clear()

    assert hasher.verify(hashed, PASSWORD, known_browser=True)
    assert work == [2 * 19456]
