"""What somebody typed or pasted as a telephone number: its digits, and what their writing says of them. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

import phonenumbers
from phonenumbers import NumberParseException

from trustweb.phone_numbers.number import NumberRefused
from trustweb.typed import plain_digits, visible

_LINK = re.compile(r"(?:tel|callto|smsto|sms):/{0,2}(?P<number>[^?;]*)(?P<rest>.*)", re.IGNORECASE)
_CONTEXT = re.compile(r";phone-context=(\+[0-9.()-]+)", re.IGNORECASE)
_EXTENSION = re.compile(r";(?:ext|isub|postd)=", re.IGNORECASE)
_ZERO = re.compile(r"[(\[]\s*0\s*[)\]]")


@dataclass(frozen=True, slots=True)
class Written:
    digits: str
    plus: bool
    """It says itself that it begins with a country's code."""
    bracketed_zero: bool
    """The 0 of +44 (0) 20, which is dialled inside the country only."""


def read(text: str, region: str) -> Written:
    """Raises NumberRefused where there is something else than one number."""
    text = _without_link(visible(text).strip())
    text = "".join("+" if unicodedata.normalize("NFKC", c) == "+" else c for c in plain_digits(text))
    _check(text, region)
    bracketed_zero = _ZERO.search(text) is not None
    text = re.sub(rf"{_ZERO.pattern}(?=\s*0)", "", text)  # (0)020, twice the same
    digits = "".join(re.findall("[0-9]", text))
    plus = "+" in text
    if plus and digits.startswith("00"):  # +0049, both ways at once
        digits = digits[2:]
    return Written(digits, plus, bracketed_zero)


def _without_link(text: str) -> str:
    """The number of a link (RFC 3966), which is what copying from a web page or an address book often gives."""
    link = _LINK.match(text)
    if link is None:
        return text
    rest = unquote(link["rest"])
    if _EXTENSION.search(rest):
        raise NumberRefused("extension")
    number = visible(unquote(link["number"])).strip()
    context = _CONTEXT.search(rest)
    return number if context is None or "+" in number else f"{context[1]} {number}"


def _check(text: str, region: str) -> None:
    letters = any(c.isalpha() for c in text)
    numeral = re.search("[0-9].*[0-9]|[0-9]", text)
    if numeral is None:
        raise NumberRefused("letters" if letters else "empty")
    if any(c in text for c in ";#*") or (letters and _has_extension(text, region)):
        raise NumberRefused("extension")
    # The library would turn 0800 FLOWERS into digits; people who typed letters by mistake deserve a word.
    if letters:
        raise NumberRefused("letters")
    if "+" in numeral[0] or text.count("+") > 1 or not all(_separates(c) for c in numeral[0]):
        raise NumberRefused("impossible")


def _separates(c: str) -> bool:
    return c in "0123456789~\u2212" or unicodedata.category(c)[0] in "ZP"


def _has_extension(text: str, region: str) -> bool:
    try:
        return bool(phonenumbers.parse(text, region or "GB").extension)
    except NumberParseException:
        return False
