"""The hours of a person's day in which a call that can wait may ring their phone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MORNING, _EVENING = 8, 21


def zone(name: str) -> ZoneInfo:
    """Return a time zone, or UTC when this machine's database does not have it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def by_day(due: datetime, zone_name: str) -> datetime:
    """Return the moment, or the next morning when it is at night in that zone."""
    local = due.astimezone(zone(zone_name))
    if _MORNING <= local.hour < _EVENING:
        return due
    morning = local.replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    if local.hour >= _EVENING:
        morning += timedelta(days=1)
    return morning.astimezone(due.tzinfo)
