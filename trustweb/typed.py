"""What people type and paste, before anybody asks what it means: nothing unseen, plain blanks, plain digits."""

from __future__ import annotations

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point, from its DerivedCoreProperties.txt: joiners, marks of direction, variation
# selectors, fillers, and what is reserved for more of them.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SHAPING = "\u200c\u200d\ufe0e\ufe0f"
"""Joiners and the selectors of a symbol's form: not drawn, but some languages, and some emoji, are misspelt without."""
_BRAILLE_BLANK = "\u2800"
"""A symbol by its category, and blank paper to look at."""
_DASHES = "~\u2212\u02d7\u207b\u223c\u2500\u2501\u2796\u1173\u30fc\u3161\uff5e\uff70"
"""No dashes by their category, but where people take them from a keyboard they look like one: minus and tilde signs,
lines, and the vowels of Japanese and Korean that are a stroke."""


def without_ignorable(text: str, kept: str = "") -> str:
    """Without what Unicode says is not drawn, and comes along when one pastes."""
    return _IGNORABLE.sub(lambda found: found[0] if found[0] in kept else "", text)


def visible(text: str) -> str:
    """Without what no screen draws, and each blank, line's end or paragraph's end as one space."""
    spaced = "".join(" " if c.isspace() or c == _BRAILLE_BLANK else c for c in text)
    return "".join(c for c in without_ignorable(spaced) if unicodedata.category(c) not in {"Cf", "Cc"})


def one_line(text: str) -> str:
    """One line of what can be seen, empty when nothing can: such characters hide or turn around what stands beside
    them."""
    spaced = "".join(" " if c.isspace() or c == _BRAILLE_BLANK else c for c in unicodedata.normalize("NFC", text))
    drawn = without_ignorable(spaced, kept=_SHAPING)
    line = " ".join("".join(c for c in drawn if c in _SHAPING or unicodedata.category(c)[0] != "C").split())
    return line if any(unicodedata.category(c)[0] in "LNPS" for c in line) else ""


def plain_digits(text: str) -> str:
    """With the digits of every script as 0 to 9, and without what is drawn around them, as around those of keys."""
    drawn = (c for c in text if unicodedata.category(c) != "Me")
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in drawn)


def separates(c: str) -> bool:
    """Whether people write it between groups of digits or letters: a blank, a dash, an underscore."""
    return c in _DASHES or unicodedata.category(c) in {"Zs", "Pd", "Pc"}
