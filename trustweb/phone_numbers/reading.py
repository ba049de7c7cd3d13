"""Choice of the number that somebody means: all readings of a text, checked against the plans. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trustweb.phone_numbers import changes, plans
from trustweb.phone_numbers.number import REFUSED_LINES, NumberRefused, NumberUnclear, PhoneNumber
from trustweb.phone_numbers.plans import Parsed
from trustweb.phone_numbers.written import Written

_ABROAD = ("", "00", "011")
"""The international prefixes that people write: none, that of most countries, and that of the +1 countries."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text as a number."""

    phone: PhoneNumber
    near: bool = True
    """True in the chosen country, or in one whose code was written with + or 00."""
    coded: bool = False
    """True when its first digits were read as a country's code without a + before them."""
    guess: bool = False
    """True when it has other digits than were written."""
    gone: bool = False
    """True when nobody has this number any more."""

    def fits(self, method: str) -> bool:
        """Return True if the number may get codes by a method; "" stands for any."""
        line = self.phone.line
        return line not in REFUSED_LINES and not self.gone and (not method or method in self.phone.methods)


def choose(written: Written, region: str, method: str, accepted: frozenset[str]) -> PhoneNumber:
    """Return the number that is meant. ``accepted``: numbers that the person has confirmed.

    A number that is written as the form asks comes first, if a plan lists it and it takes the method. No code goes
    abroad, or to other digits than were written, unless the text has an explicit country's code or the person confirms.
    Raises NumberRefused, or NumberUnclear where the person must choose.
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
    # No reading takes the method; the caller says so of the most likely number.
    known = sorted((each for each in others if each.near), key=lambda each: each.guess)
    if asked and not (known and not known[0].guess and (asked.gone or bare)):
        return asked.phone
    if known:
        return known[0].phone
    raise NumberRefused(reason)


def _only(rivals: list[Reading], asked: Reading | None, shorter: list[Reading], method: str) -> PhoneNumber:
    """Return the only number left if it is certain. Raises NumberUnclear otherwise."""
    named = {each.phone.number for each in rivals}
    shorter = [each for each in shorter if each.phone.number not in named]
    alone = len(named) == 1 and rivals[0].near and not rivals[0].guess and not shorter
    if alone and (asked is None or asked.gone):
        return rivals[0].phone
    choices = [each.phone for each in rivals]
    if asked and asked.fits(method):
        choices.append(asked.phone)
    if len({each.phone.number for each in shorter}) == 1:  # of several, only the person knows which digit is wrong
        choices.append(shorter[0].phone)
    why = "written"
    if rivals and all(each.guess for each in rivals):
        why = "mobile" if asked and asked.phone.line == "fixed" and not asked.gone else "changed"
    elif asked and asked.guess:
        why = "local"
    raise NumberUnclear(why, tuple({each.number: each for each in choices}.values()))


def _as_asked(written: Written, region: str) -> tuple[Reading | None, str]:
    """Read a text as the form asks: in national form, or with a +. Without a reading, return the reason."""
    try:
        typed = plans.read(f"+{written.digits}" if written.plus else written.digits, region)
    except NumberRefused as refused:
        return None, refused.reason
    best = _best(_forms(typed))
    national = not written.plus and str(plans.code_in(best)) == plans.code_of(region)
    if national and written.digits.startswith("00") and not plans.is_valid(best):
        return None, "impossible"  # 00 and a dialling code that does not exist
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
    """Return True if national digits were read as beginning with the country's own dialling code."""
    before = digits.removesuffix(plans.national(parsed))
    return before != digits and before.startswith(str(plans.code_in(parsed))) and before != plans.trunk_prefix(parsed)


def _shorter(written: Written, region: str) -> Iterator[Reading]:
    """Yield the national numbers with one digit less: a digit typed twice must not look like a country's code."""
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
    """Return True for a fixed line without its national 0: the first digits may be a country's code instead."""
    prefix = plans.trunk_prefix(plans.read(phone.number))
    return phone.line == "fixed" and prefix == "0" and phone.number == f"+{plans.code_of(phone.region)}{written.digits}"


def _forms(typed: Parsed) -> list[Parsed]:
    """Return the number as it is, and without its national prefix or a leading 0.

    People write a 0 in brackets even where the country has no such prefix.
    """
    digits = plans.national(typed)
    shorter = dict.fromkeys((digits.removeprefix(plans.trunk_prefix(typed)), digits.removeprefix("0")))
    return [typed, *(plans.make(plans.code_in(typed), each) for each in shorter if each and each != digits)]


def _best(forms: list[Parsed]) -> Parsed:
    typed, *shorter = forms
    prefix = plans.trunk_prefix(typed)
    # Where 0 is the national prefix no number begins with it, though the library keeps it in numbers it does not know.
    if prefix.startswith("0") and plans.national(typed).startswith(prefix) and not plans.is_valid(typed):
        forms = shorter or forms
    for known in (plans.is_valid, plans.is_possible):
        if best := next((form for form in forms if known(form)), None):
            return best
    return forms[0]


def _others(written: Written, region: str) -> Iterator[Reading]:
    """Yield every other reading that gives a valid number."""
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
                    # A dialling code that was written with its + is not replaced without asking.
                    same = not written.plus or plans.code_in(known) == code
                    yield Reading(plans.judge(known, region), near, guess=not (sure and same))


def _with_code(digits: str) -> Iterator[str]:
    for prefix in _ABROAD:
        rest = digits.removeprefix(prefix)
        if digits.startswith(prefix) and not rest.startswith("0"):
            yield f"+{rest}"


def _known(number: str) -> Parsed | None:
    """Parse a number in E.164; None when it is not valid."""
    try:
        parsed = plans.read(number)
    except NumberRefused:
        return None
    return parsed if plans.is_valid(parsed) else None
