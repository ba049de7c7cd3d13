"""A calendar server behind a proxy with two doors, as docs/services/calendar.md sets it up."""

from __future__ import annotations

from tests.support.calendars import CalendarCaddy, CalendarNginx
from tests.support.paths import DOCS

PAGE = DOCS / "services" / "calendar.md"
# Chromium takes it for this machine. Others do not, and say it in `Host` only.
NAME = "calendar.localhost"


class TwoDoorsNginx(CalendarNginx):
    """nginx, with a certificate that is for ``localhost`` only: a browser has to overlook that."""

    page = PAGE

    @property
    def origin(self) -> str:
        return f"https://{NAME}:{self.port}"


class TwoDoorsCaddy(CalendarCaddy):
    page = PAGE

    @property
    def origin(self) -> str:
        return f"http://{NAME}:{self.port}"

    def names(self) -> str:
        return f"{self.origin}, {self.url}"


TWO_DOORS = [TwoDoorsNginx, TwoDoorsCaddy]
