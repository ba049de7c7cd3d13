"""Which number somebody means: each way to read what they wrote, judged by the plans, and one rule that picks. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trustweb.phone_numbers import changes, plans
from trustweb.phone_numbers.number import REFUSED_LINES, NumberRefused, NumberUnclear, PhoneNumber
from trustweb.phone_numbers.plans import Parsed
from trustweb.phone_numbers.written import Written

_ABROAD = ("", "00", "011")
"""What people dial before another country's code: nothing, what most countries dial, and those of +1."""


@dataclass(frozen=True, slots=True)
class Reading:
    phone: PhoneNumber
    near: bool = True
    """In the country that was chosen, or whose code was written as one."""
    coded: bool = False
    """Its first digits were taken for a country's code, though there is no + before them."""
    guess: bool = False
    """With other digits than were written."""
    gone: bool = False
    """Nobody has this number any more."""

    def fits(self, method: str) -> bool:
        line = self.phone.line
        return line not in REFUSED_LINES and not self.gone and (not method or method in self.phone.methods)


def choose(written: Written, region: str, method: str, accepted: frozenset[str]) -> PhoneNumber:
    """The one number that is meant. ``accepted``: numbers that the person has said yes to.

    What is written as the form asks goes before everything else, where a plan knows it and it takes the method. Nobody
    is sent abroad, or to other digits than they wrote, unless a code that is written as one says so, or they do. Raises
    NumberRefused, or NumberUnclear where only the person can tell.
    """
    asked, reason = _as_asked(written, region)
    others = [each for each in _others(written, region) if asked is None or each.phone.number != asked.phone.number]
    shorter = [each for each in _shorter(written, region) if asked is None or each.phone.number != asked.phone.number]
    for each in [asked, *others, *shorter]:
        if each and each.phone.number in accepted:
            return each.phone
    rivals = [each for each in others if each.fits(method)]
    shorter = [each for each in shorter if each.fits(method)]
    bare = asked is not None and _is_bare(asked.phone, written)
    doubtful = asked is not None and asked.fits(method) and (asked.guess or (asked.coded and bool(shorter)))
    if asked and not asked.phone.unusual and (asked.fits(method) or asked.phone.line in REFUSED_LINES):
        foreign = asked.coded or (method == "call" and bare)
        rivals = [each for each in rivals if not each.guess and (each.near or foreign)]
    if rivals or doubtful:
        return _only(rivals, asked, shorter, method)
    # Nothing takes the method, and that is said of the number that it is.
    known = sorted((each for each in others if each.near), key=lambda each: each.guess)
    if asked and not (known and not known[0].guess and (asked.gone or bare)):
        return asked.phone
    if known:
        return known[0].phone
    raise NumberRefused(reason)


def _only(rivals: list[Reading], asked: Reading | None, shorter: list[Reading], method: str) -> PhoneNumber:
    """The only number that is left when it is sure; or else the question."""
    named = {each.phone.number for each in rivals}
    shorter = [each for each in shorter if each.phone.number not in named]
    alone = len(named) == 1 and rivals[0].near and not rivals[0].guess and not shorter
    if alone and (asked is None or asked.gone):
        return rivals[0].phone
    choices = [each.phone for each in rivals]
    if asked and asked.fits(method):
        choices.append(asked.phone)
    if len({each.phone.number for each in shorter}) == 1:  # of several, only the person knows which digit is too many
        choices.append(shorter[0].phone)
    why = "written"
    if rivals and all(each.guess for each in rivals):
        why = "mobile" if asked and asked.phone.line == "fixed" and not asked.gone else "changed"
    elif asked and asked.guess:
        why = "local"
    raise NumberUnclear(why, tuple({each.number: each for each in choices}.values()))


def _as_asked(written: Written, region: str) -> tuple[Reading | None, str]:
    """As the form asks for it: from home, or with a +. Or the reason why it cannot be rung."""
    try:
        typed = plans.read(f"+{written.digits}" if written.plus else written.digits, region)
    except NumberRefused as refused:
        return None, refused.reason
    best = _best(_forms(typed))
    national = not written.plus and str(plans.code_in(best)) == plans.code_of(region)
    if national and written.digits.startswith("00") and not plans.is_valid(best):
        return None, "impossible"  # another country's code that is none
    home, dialled = (region, written.digits) if national else (plans.home_of(best), "")
    if reason := plans.refusal(best, dialled, home):
        if national and reason in {"emergency", "short"}:
            raise NumberRefused(reason)
        return None, reason
    phone = plans.judge(best, region)
    gone = any(_known(new) and sure for new, sure in changes.of(phone.number))
    coded = not written.plus and (not national or _has_own_code(best, written.digits))
    # In a few small countries an area code is added to a number that is dialled without one.
    code = "" if written.plus else str(plans.code_in(best))
    added = len(phone.number) > len(f"+{code}{written.digits}")
    return Reading(phone, coded=coded, guess=added, gone=gone), ""


def _has_own_code(parsed: Parsed, digits: str) -> bool:
    """Whether digits of home were read as beginning with the code of home."""
    before = digits.removesuffix(plans.national(parsed))
    return before != digits and before.startswith(str(plans.code_in(parsed))) and before != plans.trunk_prefix(parsed)


def _shorter(written: Written, region: str) -> Iterator[Reading]:
    """The numbers at home that have one digit less. One that was typed twice must not look like a country's code."""
    if written.plus:
        return
    for each in dict.fromkeys(written.digits[:at] + written.digits[at + 1 :] for at in range(len(written.digits))):
        try:
            best = _best(_forms(plans.read(each, region)))
        except NumberRefused:
            continue
        at_home = str(plans.code_in(best)) == plans.code_of(region) and not _has_own_code(best, each)
        if at_home and plans.is_valid(best):
            yield Reading(plans.judge(best, region), guess=True)


def _is_bare(phone: PhoneNumber, written: Written) -> bool:
    """A fixed line without the 0 that people write before it at home: the first digits may be a country's code."""
    prefix = plans.trunk_prefix(plans.read(phone.number))
    return phone.line == "fixed" and prefix == "0" and phone.number == f"+{plans.code_of(phone.region)}{written.digits}"


def _forms(typed: Parsed) -> list[Parsed]:
    """The number, and without what is dialled before it at home: its country's own prefix, or the 0 that people write
    in brackets also where there is none."""
    digits = plans.national(typed)
    shorter = dict.fromkeys((digits.removeprefix(plans.trunk_prefix(typed)), digits.removeprefix("0")))
    return [typed, *(plans.make(plans.code_in(typed), each) for each in shorter if each and each != digits)]


def _best(forms: list[Parsed]) -> Parsed:
    typed, *shorter = forms
    prefix = plans.trunk_prefix(typed)
    # No number begins with a 0 where that is the prefix, though the library keeps it when it does not know the rest.
    if prefix.startswith("0") and plans.national(typed).startswith(prefix) and not plans.is_valid(typed):
        forms = shorter or forms
    for known in (plans.is_valid, plans.is_possible):
        if best := next((form for form in forms if known(form)), None):
            return best
    return forms[0]


def _others(written: Written, region: str) -> Iterator[Reading]:
    """Every other way to read it that gives a number of some plan."""
    ways = [f"+{written.digits}"] if written.plus else [written.digits, *_with_code(written.digits)]
    for digits in ways:
        try:
            forms = _forms(plans.read(digits, region))
        except NumberRefused:
            continue
        code = plans.code_in(forms[0])
        near = written.plus or written.digits.startswith("00") or str(code) == plans.code_of(region)
        for form in forms if written.bracketed_zero else [_best(forms)]:
            if plans.is_valid(form):
                yield Reading(plans.judge(form, region), near)
        for old in forms:
            for new, sure in changes.of(plans.e164(old)):
                if known := _known(new):
                    # The code that somebody wrote with its + is not replaced without a word.
                    same = not written.plus or plans.code_in(known) == code
                    yield Reading(plans.judge(known, region), near, guess=not (sure and same))


def _with_code(digits: str) -> Iterator[str]:
    for prefix in _ABROAD:
        rest = digits.removeprefix(prefix)
        if digits.startswith(prefix) and not rest.startswith("0"):
            yield f"+{rest}"


def _known(number: str) -> Parsed | None:
    """A number of a plan."""
    try:
        parsed = plans.read(number)
    except NumberRefused:
        return None
    return parsed if plans.is_valid(parsed) else None
