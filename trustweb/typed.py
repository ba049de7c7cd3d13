"""What people type and paste, before anybody asks what it means: nothing unseen, plain blanks, plain digits."""

from __future__ import annotations

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt) beyond the category Cf: variation selectors,
# fillers of Hangul, a joiner, and what is reserved for more of them.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_BRAILLE_BLANK = "\u2800"
"""A symbol by its category, and blank paper to look at."""
_MINUS = "\u2212"


def visible(text: str) -> str:
    """Without what no screen draws, and each blank, line's end or paragraph's end as one space."""
    spaced = "".join(" " if c.isspace() or c == _BRAILLE_BLANK else c for c in text)
    return "".join(c for c in _IGNORABLE.sub("", spaced) if unicodedata.category(c) not in {"Cf", "Cc"})


def plain_digits(text: str) -> str:
    """With the digits of every script as 0 to 9."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def separates(c: str) -> bool:
    """Whether people write it between groups of digits or letters: a blank, a dash, an underscore."""
    return c == _MINUS or unicodedata.category(c) in {"Zs", "Pd", "Pc"}
