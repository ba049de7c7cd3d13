"""Normalisation of typed and pasted text before it is parsed: no invisible characters, plain spaces, ASCII digits."""

from __future__ import annotations

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point, from DerivedCoreProperties.txt: joiners, marks of direction, variation
# selectors, fillers, and code points reserved for more of them.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SHAPING = "\u200c\u200d\ufe0e\ufe0f"
"""Joiners and variation selectors: invisible, but some languages and some emoji are misspelt without them."""
_BRAILLE_BLANK = "\u2800"
"""A symbol by its category, but it looks like a space."""
_DASHES = "~\u2212\u02d7\u207b\u223c\u2500\u2501\u2796\u1173\u30fc\u3161\uff5e\uff70"
"""Not dashes by their category, but typed for one: minus and tilde signs, lines, and the signs of Japanese and Korean
that are a single stroke."""


def without_ignorable(text: str, kept: str = "") -> str:
    """Remove characters that Unicode defines as invisible, which pasted text may contain. ``kept``: exceptions."""
    return _IGNORABLE.sub(lambda found: found[0] if found[0] in kept else "", text)


def visible(text: str) -> str:
    """Remove invisible and control characters, and turn every space, line end and paragraph end into a space."""
    spaced = "".join(" " if c.isspace() or c == _BRAILLE_BLANK else c for c in text)
    return "".join(c for c in without_ignorable(spaced) if unicodedata.category(c) not in {"Cf", "Cc"})


def one_line(text: str) -> str:
    """Return a text as one line of visible characters, "" when there are none.

    Invisible characters could hide or reverse the text beside them.
    """
    spaced = "".join(" " if c.isspace() or c == _BRAILLE_BLANK else c for c in unicodedata.normalize("NFC", text))
    drawn = without_ignorable(spaced, kept=_SHAPING)
    line = " ".join("".join(c for c in drawn if c in _SHAPING or unicodedata.category(c)[0] != "C").split())
    return line if any(unicodedata.category(c)[0] in "LNPS" for c in line) else ""


def plain_digits(text: str) -> str:
    """Turn the digits of every script into 0 to 9, and remove marks that enclose them, as in keycap emoji."""
    drawn = (c for c in text if unicodedata.category(c) != "Me")
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in drawn)


def separates(c: str) -> bool:
    """Return True for a character that people write between groups of digits or letters: space, dash, underscore."""
    return c in _DASHES or unicodedata.category(c) in {"Zs", "Pd", "Pc"}
