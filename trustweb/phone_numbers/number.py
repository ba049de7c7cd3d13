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
    """``reason``: empty, letters, extension, short, emergency, too_short, too_long, impossible,
    country (``region`` is not served), or one of REFUSED_LINES."""

    def __init__(self, reason: str, region: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.region = region
