"""Rewriting of numbers in an older or a local form: from before a change of the numbering plan, or for one region only.

Only results that phonenumbers knows to be valid are used, so a wrong rule here sends nothing anywhere. Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that turns an old number into a new one, both in E.164 with +."""

    old: re.Pattern[str]
    new: str
    sure: bool
    """True when nobody has the old number any more, and the new one is the same line. Else the person is asked."""


def _sure(old: str, new: str) -> Change:
    return Change(re.compile(rf"\+{old}"), f"+{new}", sure=True)


def _guess(old: str, new: str) -> Change:
    return Change(re.compile(rf"\+{old}"), f"+{new}", sure=False)


# France and its overseas départements share one national plan, but each has its own dialling code (ARCEP, decision
# 2018-0881): 0692 is La Réunion's wherever it is dialled, and +33 692 does not exist.
_FRENCH = "(?:33|262|508|59[046])"
_OVERSEAS = {
    "262": "26[239]|268[89]|639|69[23]|7092|7093[5-9]",  # La Réunion, Mayotte
    "590": "590|5987|69[01]|7090",  # Guadeloupe, Saint-Martin, Saint-Barthélemy
    "594": "594|5988|694|7093[0-4]",  # Guyane
    "596": "596|5989|69[67]|7091",  # Martinique
}
_ANY_OVERSEAS = "|".join(_OVERSEAS.values())
# Viet Nam, 2018: mobile numbers lost one of eleven digits (circular 22/2014/TT-BTTTT).
_VIETNAMESE = {
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78", "123": "83", "124": "84", "125": "85", "127": "81",
    "129": "82", "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39",
    "186": "56", "188": "58", "199": "59",
}  # fmt: skip
_CHANGES = (
    *(_sure(rf"{_FRENCH}(?=(?:{theirs})\d*$)(\d{{9}})", rf"{code}\1") for code, theirs in _OVERSEAS.items()),
    _sure(rf"{_FRENCH}508(\d{{6}})", r"508\1"),  # Saint-Pierre-et-Miquelon
    _sure(rf"{_FRENCH}(?!{_ANY_OVERSEAS}|508)([1-7]\d{{8}})", r"33\1"),
    # Mexico, 3 August 2019 (IFT): ten digits everywhere, no 1 after the code, no 01, 044 or 045 before a number.
    _sure(r"52(?:0?1|04[45])(\d{10})", r"52\1"),
    # Argentina: a mobile number has a 9 from abroad; at home a 0 before the area code and 15 after it. Not both.
    _sure(r"5490?(?=\d*15)(\d{12})", r"54\1"),
    _sure(r"54(?:90|150?)(\d{10})", r"549\1"),
    # In the Soviet Union an 8 came before the area code, in places followed by a 0. Where the 8 is still in use, the
    # library removes it. In order: Ukraine, Uzbekistan, Georgia, Azerbaijan, Kyrgyzstan; Armenia, Moldova, Latvia.
    _sure(r"(380|998|995|994|996)80?(\d{9})", r"\1\2"),
    _sure(r"(374|373|371)80?(\d{8})", r"\1\2"),
    _guess(r"54([1-8]\d{9})", r"549\1"),
    # Brazil, 2012 to 2016 (Anatel): a ninth digit before mobile numbers.
    _guess(r"55(\d\d)([6-9]\d{7})", r"55\g<1>9\2"),
    # Benin, 30 November 2024 (ARCEP Bénin): 01 before all numbers of eight digits.
    _guess(r"229(\d{8})", r"22901\1"),
    # Côte d'Ivoire, 31 January 2021 (ARTCI): the operator's two digits before all numbers of eight digits. A mobile
    # number's second digit told the operator; a fixed number's third digit did not always.
    _guess(r"225([04-9][0-3]\d{6})", r"22501\1"),
    _guess(r"225([04-9][4-6]\d{6})", r"22505\1"),
    _guess(r"225([04-9][7-9]\d{6})", r"22507\1"),
    *(_guess(r"225([23]\d{7})", rf"225{operator}\1") for operator in ("27", "25", "21")),
    # Colombia, 1 September 2021 (CRC): 60 before fixed numbers.
    _guess(r"57([1-8]\d{7})", r"5760\1"),
    # Cameroon, 21 November 2014 (ART): 6 before mobile, 2 before fixed numbers of eight digits.
    _guess(r"237([5-9]\d{7})", r"2376\1"),
    _guess(r"237([23]\d{7})", r"2372\1"),
    # Ecuador, 30 September 2012 (CONATEL): 9 before mobile numbers. Mauritius, 1 September 2013 (ICTA): 5.
    _guess(r"593([89]\d{7})", r"5939\1"),
    _guess(r"230([4-9]\d{6})", r"2305\1"),
    # Chile: 2 before the seven digits of Santiago, 2013; 9 before mobile numbers for calls from everywhere, 2016.
    _guess(r"562(\d{7})", r"5622\1"),
    _guess(r"56([5-9]\d{7})", r"569\1"),
    # Morocco, 7 March 2009 (ANRT): 6 before mobile, 5 before fixed numbers of eight digits.
    _guess(r"212([14-7]\d{7})", r"2126\1"),
    _guess(r"212([23]\d{7})", r"2125\1"),
    # Kosovo, 2017 to 2019: its own dialling code instead of Serbia's and Slovenia's.
    _guess(r"381((?:2[89]|3[89])\d{6})", r"383\1"),
    _guess(r"386(4[39]\d{6})", r"383\1"),
    *(_guess(rf"84{old}(\d{{7}})", rf"84{new}\1") for old, new in _VIETNAMESE.items()),
)


def of(number: str) -> Iterator[tuple[str, bool]]:
    """Yield the possible new forms of a number, each with True when it is certain."""
    for change in _CHANGES:
        if (old := change.old.fullmatch(number)) and (new := old.expand(change.new)) != number:
            yield new, change.sure
