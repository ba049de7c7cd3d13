"""A calendar server behind a proxy with two doors, as docs/services/calendar.md sets it up."""

from __future__ import annotations

from tests.support.calendars import CalendarCaddy, CalendarNginx
from tests.support.markdown import blocks
from tests.support.paths import DOCS
from tests.support.site import Site

PAGE = DOCS / "services" / "calendar.md"
# Chromium takes it for this machine. Others do not, and say it in `Host` only.
NAME = "calendar.localhost"


def open_both(site: Site, origin: str) -> None:
    """Give the calendar of a site its second door, by the file and the command of the page."""
    (command,), (file,) = blocks(PAGE, "sh"), blocks(PAGE, "toml")
    words = [{"calendar.toml": "-"}.get(each, each) for each in command.split()[1:]]
    done = site.cli(*words, input=file.replace("https://calendar.example.com", origin))
    assert done.returncode == 0, done.stderr


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
