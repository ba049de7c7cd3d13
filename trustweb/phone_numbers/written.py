"""Reading of a typed or pasted telephone number into digits and the signs around them. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

import phonenumbers
from phonenumbers import NumberParseException

from trustweb.phone_numbers.number import NumberRefused
from trustweb.typed import plain_digits, separates, visible

_LINK = re.compile(r"(?:tel|callto|smsto|sms):/{0,2}(?P<number>[^?;]*)(?P<rest>.*)", re.IGNORECASE)
_CONTEXT = re.compile(r";phone-context=(\+[0-9.()-]+)", re.IGNORECASE)
_EXTENSION = re.compile(r";(?:ext|isub|postd)=", re.IGNORECASE)
_ZERO = re.compile(r"\(\s*0\s*\)")
_CARRIER = re.compile(r"(?<![\w*])0\s*(?:xx|\*\*)(?=\W*[1-9])", re.IGNORECASE)
"""In Brazil a carrier's code is dialled after the 0, and letter heads show a placeholder for it: (0xx11)."""
_SEVERAL = re.compile(
    r"[0-9]\s*\(\s*[0-9]{1,3}\s*\)\W*$"  # a footnote, or a count of messages
    r"|(?:[0-9][^0-9/]*){5}/[^0-9/]*[0-9]{1,3}\W*$"  # 123456/57: a line and the next one
    r"|[0-9]\s*,\s*(?:,|(?:[0-9]{1,2}|[0-9]{4})\W*$)"  # a dialling pause, and the digits after it
    r"|[0-9]{6}\.0$"  # a number from a spreadsheet
    r"|&"
)
_DIGITS = "0123456789"
_PUNCTUATION = "+/.,&*#;"
_PLAINEST = {"Ps": "(", "Pe": ")"}
_MARKS = "!?%@\\§¶†‡"
"""Unicode calls them punctuation, but nobody writes them between the digits of one number."""


@dataclass(frozen=True, slots=True)
class Written:
    """The digits of a text, and the signs that say how to read them."""

    digits: str
    plus: bool
    """True when a + says that it begins with a country's code."""
    bracketed_zero: bool
    """True for the (0) of +44 (0) 20, which is dialled inside the country only."""


def read(text: str, region: str) -> Written:
    """Read a text. Raises NumberRefused when it is not exactly one number."""
    text = "".join(_plain(c) for c in plain_digits(_without_link(visible(text).strip())))
    if "+55" in text or (region == "BR" and "+" not in text):
        text = _CARRIER.sub("0", text)
    _check(text, region)
    bracketed_zero = _ZERO.search(text) is not None
    text = re.sub(rf"{_ZERO.pattern}(?=\s*0)", "", text)  # (0)020: the same 0 twice
    digits = "".join(re.findall("[0-9]", text))
    plus = "+" in text
    if plus and digits.startswith("00"):  # +0049: both international prefixes
        digits = digits[2:]
    return Written(digits, plus, bracketed_zero)


def _without_link(text: str) -> str:
    """Return the number in a tel: link (RFC 3966): copying from a web page or an address book often gives one."""
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
    # The library would turn 0800 FLOWERS into digits; letters that were typed by mistake are pointed out instead.
    if letters:
        raise NumberRefused("letters")
    # A ⑥ or a ⁶ may be a digit of the number or a footnote.
    if any(c not in _DIGITS and unicodedata.numeric(c, None) is not None for c in text):
        raise NumberRefused("impossible")
    if _SEVERAL.search(text):
        raise NumberRefused("several")
    if "+" in numeral[0] or text.count("+") > 1 or not all(_separates(c) for c in numeral[0]):
        raise NumberRefused("impossible")


def _plain(c: str) -> str:
    """Map a bracket, dash, space or compatibility form to its plain ASCII form."""
    kind = unicodedata.category(c)
    if kind in _PLAINEST:
        return _PLAINEST[kind]
    if separates(c):
        return " " if c.isspace() else "-"
    plain = "+" if c == "\N{HEAVY PLUS SIGN}" else unicodedata.normalize("NFKC", c)
    return plain if plain in _PUNCTUATION else c


def _separates(c: str) -> bool:
    return c in _DIGITS or (unicodedata.category(c)[0] in "ZP" and c not in _MARKS)


def _has_extension(text: str, region: str) -> bool:
    try:
        return bool(phonenumbers.parse(text, region or "GB").extension)
    except NumberParseException:
        return False
