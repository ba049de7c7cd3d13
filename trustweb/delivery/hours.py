"""When a phone may ring for a message that can wait: between these hours of the person's day."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MORNING, _EVENING = 8, 21


def zone(name: str) -> ZoneInfo:
    """A person's time zone; machines differ in those that they know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def by_day(due: datetime, zone_name: str) -> datetime:
    """Nobody is called at night."""
    local = due.astimezone(zone(zone_name))
    if _MORNING <= local.hour < _EVENING:
        return due
    morning = local.replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    if local.hour >= _EVENING:
        morning += timedelta(days=1)
    return morning.astimezone(due.tzinfo)
