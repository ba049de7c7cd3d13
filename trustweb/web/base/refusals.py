"""The HTTP status of each refusal. Its words are in templates/_refusals.html."""

from __future__ import annotations

import math

from trustweb.authentication.passwords import TooBusy
from trustweb.codes.challenges import NoTriesLeft, TooSoon
from trustweb.codes.limits import TooOften
from trustweb.web.base.site import core
from trustweb.work import Refused


def retry_after(refusal: Refused | None) -> int:
    """Return the seconds after which another try makes sense."""
    again_at = getattr(refusal, "again_at", None)
    return max(1, math.ceil((again_at - core().database.now()).total_seconds())) if again_at else 5


def status_of(refusal: Refused) -> int:
    if isinstance(refusal, TooBusy):
        return 503
    if isinstance(refusal, TooOften | TooSoon | NoTriesLeft):
        return 429
    return 422
