"""A telephone number that may get codes, and what is said when there is none."""

from __future__ import annotations

from dataclasses import dataclass

from trustweb.database import Refused

REFUSED_LINES = frozenset({"premium", "shared_cost", "toll_free", "company", "pager", "voicemail", "satellite"})
RISKY_LINES = frozenset({"voip", "personal"})


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    number: str
    """E.164, with +."""
    region: str
    line: str
    unusual: bool
    """Possible by its length, but not known to the numbering plan: the code will tell."""

    @property
    def methods(self) -> tuple[str, ...]:
        return ("call",) if self.line == "fixed" else ("text", "call")


class NumberRefused(Refused):
    """``reason``: empty, letters, extension, several, short, emergency, too_short, too_long, impossible,
    country (``region`` is not served), or one of REFUSED_LINES."""

    def __init__(self, reason: str, region: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.region = region


class NumberUnclear(Refused):
    """What was typed can be more than one number, or only by a guess: the person says which.

    ``why``: ``written`` (with or without the country's code, say), ``changed`` (it seems to be a number of before the
    plan changed), ``mobile`` (as typed it is a fixed line, which takes no texts; so it may be a mobile phone's) or
    ``local`` (the plan adds the area code).
    """

    def __init__(self, why: str, choices: tuple[PhoneNumber, ...]) -> None:
        super().__init__(why)
        self.why = why
        self.choices = choices
