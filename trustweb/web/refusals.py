"""Which HTTP status a refusal has. Its words are in templates/_refusals.html."""

from __future__ import annotations

from trustweb.authentication.passwords import TooBusy
from trustweb.codes.challenges import NoTriesLeft, TooSoon
from trustweb.codes.limits import TooOften
from trustweb.database import Refused


def status_of(refusal: Refused) -> int:
    if isinstance(refusal, TooBusy):
        return 503
    if isinstance(refusal, TooOften | TooSoon | NoTriesLeft):
        return 429
    return 422
