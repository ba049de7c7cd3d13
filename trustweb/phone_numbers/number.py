"""Telephone numbers that may get codes, and the refusals of texts that give none."""

from __future__ import annotations

from dataclasses import dataclass

from trustweb.work import Refused

REFUSED_LINES = frozenset({"premium", "shared_cost", "toll_free", "company", "pager", "voicemail", "satellite"})
RISKY_LINES = frozenset({"voip", "personal"})


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A parsed number, its region and its kind of line."""

    number: str
    """E.164, with +."""
    region: str
    line: str
    unusual: bool
    """True when the length is possible, but the numbering plan does not list it: the code will show if it exists."""

    @property
    def methods(self) -> tuple[str, ...]:
        return ("call",) if self.line == "fixed" else ("text", "call")


class NumberRefused(Refused):
    """The text is no number that may get codes.

    ``reason``: empty, letters, extension, several, short, emergency, too_short, too_long, impossible, country
    (``region`` is not served), or one of REFUSED_LINES.
    """

    def __init__(self, reason: str, region: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.region = region


class NumberUnclear(Refused):
    """The text can be read as several numbers, or as one only by a guess: the person chooses.

    ``why``: ``written`` (such as with or without a country's code), ``changed`` (it seems older than a change of the
    numbering plan), ``mobile`` (as typed it is a fixed line, which takes no texts, so a mobile number may be meant) or
    ``local`` (the plan adds the area code).
    """

    def __init__(self, why: str, choices: tuple[PhoneNumber, ...]) -> None:
        super().__init__(why)
        self.why = why
        self.choices = choices
