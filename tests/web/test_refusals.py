"""Every refusal has a name of its own, and words in every language where a page shows it."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from inspect import signature
from typing import Any

import pytest
from flask import render_template_string

import trustweb.cli  # so that all refusals are there
import trustweb.web.pages  # noqa: F401
from tests.support.kit import MOBILE, Kit
from tests.support.paths import TEMPLATES
from trustweb.delivery.messages import languages
from trustweb.work import Refused

pytestmark = pytest.mark.slow

WORDS = (TEMPLATES / "_refusals.html").read_text("utf-8")
# A page, a card or a command has words of its own for each of these.
SAID_ELSEWHERE = {
    "AppPasswordAlreadyShown", "InvitationSpent", "NotInItsGroups", "NotMeLinkSpent", "NotWhole",
    "PromptGone", "SignInHeld", "StoppedBefore", "UnknownMessage", "UnknownService", "WrongAppPassword",
}  # fmt: skip
# Each kind of factor raises its own.
BASES = {"PaperWrong", "TooMany"}
SAME_WORDS = {frozenset({"PasskeyLate", "SignInLate"})}
MOMENTS = {"again_at", "possible_at", "ready_at", "until"}
SENTENCE = re.compile(r"[A-ZÄÖÜ][^{}%]*[.!]")


def descendants(of: type) -> Iterator[type[Refused]]:
    for each in of.__subclasses__():
        yield each
        yield from descendants(each)


REFUSALS = sorted(
    {each for each in descendants(Refused) if each.__module__.startswith("trustweb.")}, key=lambda each: each.__name__
)
SHOWN = [each for each in REFUSALS if each.__name__ not in SAID_ELSEWHERE | BASES]


def told_apart(macro: str) -> list[str]:
    """The reasons, names and the like that a macro has words for, and one that it has not heard of."""
    body = re.search(rf"macro {macro}\(.*?endmacro", WORDS, re.S)
    assert body
    tests = re.findall(r"refused\.(?:reason|name|why) (?:==|in) (\(.*?\)|\".*?\")", body[0])
    return [*re.findall(r'"(\w+)"', " ".join(tests)), "something else"]


def values(kit: Kit, kind: str, name: str) -> list[Any]:
    """What the sentence depends on."""
    if name in MOMENTS:
        return [kit.clock.now + timedelta(seconds=each) for each in (1, 40, 3000, 90000)]
    if name in {"left", "most", "least"}:
        return [0, 1, 2]
    macros = {"NumberRefused": "number", "PasswordRefused": "password", "TooOften": "too_often"}
    if name in {"name", "reason"}:
        return told_apart(macros[kind]) if kind in macros else ["something else"]
    return {"number": [MOBILE], "region": ["GB"], "why": told_apart("unclear"), "choices": [()]}[name]


def examples(kit: Kit, kind: type[Refused]) -> Iterator[Refused]:
    """The refusal with all that it may carry."""
    names = [] if kind.__init__ is Refused.__init__ else list(signature(kind).parameters)
    for carried in itertools.product(*[values(kit, kind.__name__, each) for each in names]):
        yield kind(*carried)


def said(kit: Kit, tag: str, kind: type[Refused], macro: str = "sentence") -> set[str]:
    """All that a page may say of it."""
    page = f"{{{{ refusals.{macro}(refused{', purpose, another' if macro == 'sentence' else ''}) }}}}"
    ways = list(itertools.product(examples(kit, kind), ("sign_in", "add_number"), (True, False)))
    with kit.app.test_request_context(headers={"Accept-Language": tag}):
        return {
            render_template_string(page, refused=refused, purpose=purpose, another=another)
            for refused, purpose, another in ways
        }


def test_no_two_refusals_have_the_same_name() -> None:
    names = Counter(each.__name__ for each in REFUSALS)

    assert len(names) > 50
    assert [name for name, count in names.items() if count > 1] == []


def test_the_words_are_for_refusals_that_there_are() -> None:
    known = set(re.findall(r'kind == "(\w+)"', WORDS))

    assert known == {each.__name__ for each in SHOWN}


@pytest.mark.parametrize("tag", languages())
@pytest.mark.parametrize("kind", SHOWN, ids=lambda each: each.__name__)
def test_a_refusal_has_whole_sentences(kit: Kit, tag: str, kind: type[Refused]) -> None:
    sentences = said(kit, tag, kind)

    assert sentences
    assert {each for each in sentences if not SENTENCE.fullmatch(each)} == set()


@pytest.mark.parametrize("tag", [each for each in languages() if each != "en"])
@pytest.mark.parametrize("kind", SHOWN, ids=lambda each: each.__name__)
def test_a_refusal_is_translated(kit: Kit, tag: str, kind: type[Refused]) -> None:
    assert said(kit, tag, kind) & said(kit, "en", kind) == set()


@pytest.mark.parametrize("tag", languages())
def test_different_refusals_have_different_words(kit: Kit, tag: str) -> None:
    owners = defaultdict(set)
    for kind in SHOWN:
        for sentence in said(kit, tag, kind):
            owners[sentence].add(kind.__name__)

    assert {frozenset(names) for names in owners.values() if len(names) > 1} == SAME_WORDS


@pytest.mark.parametrize("tag", languages())
@pytest.mark.parametrize("name", ["NumberUnusual", "NumberRisky", "NumberUnclear"])
def test_what_is_asked_about_a_number_has_a_title(kit: Kit, tag: str, name: str) -> None:
    (kind,) = (each for each in REFUSALS if each.__name__ == name)

    assert all(re.fullmatch(r"[A-ZÄÖÜ][^{}%]+[.?]", each) for each in said(kit, tag, kind, "question"))
