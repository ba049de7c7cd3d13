"""Hits of a limit, in transactions of their own."""

from __future__ import annotations

from tests.support.kit import Kit
from trustweb.codes import limits
from trustweb.codes.limits import TooOften
from trustweb.config import Rates
from trustweb.work import Work


def taken(work: Work, rates: Rates, subject: str, name: str = "test") -> bool:
    """Take one hit, and return whether there was one left."""
    try:
        limits.hit(work, name, subject, rates)
    except TooOften:
        return False
    return True


def take(kit: Kit, rates: Rates, subject: str = "", name: str = "test") -> bool:
    with kit.core.database.writing() as work:
        return taken(work, rates, subject, name)
