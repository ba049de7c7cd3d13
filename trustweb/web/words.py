"""What templates may say: masked numbers, waiting times, and the kind of a refusal."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from flask import Flask
from flask_babel import format_date, format_time, gettext, ngettext

from trustweb import phone_numbers
from trustweb.database import Refused
from trustweb.web import assets, language
from trustweb.web.visitors import core, visitor


def register(app: Flask) -> None:
    app.jinja_env.filters.update(
        mask=phone_numbers.mask, international=phone_numbers.international, kind=kind, moment=moment, day=day
    )
    app.jinja_env.globals.update(asset=assets.url, seconds_until=seconds_until, wait=wait)
    app.context_processor(_always)


def _always() -> dict[str, Any]:
    return {"visitor": visitor(), "site_name": core().config.site_name, "language": language.selected()}


def kind(refusal: Refused | None) -> str:
    return type(refusal).__name__ if refusal is not None else ""


def seconds_until(moment: datetime) -> int:
    return max(0, math.ceil((moment - core().database.now()).total_seconds()))


def wait(moment: datetime) -> str:
    """How long still, in the roundest words that are true."""
    seconds = seconds_until(moment)
    if seconds <= 90:
        return str(ngettext("%(num)d second", "%(num)d seconds", seconds))
    if seconds <= 90 * 60:
        return str(ngettext("%(num)d minute", "%(num)d minutes", math.ceil(seconds / 60)))
    return str(ngettext("%(num)d hour", "%(num)d hours", math.ceil(seconds / 3600)))


def day(moment: datetime) -> str:
    return str(format_date(moment, "long"))


def moment(at: datetime) -> str:
    return str(gettext("%(day)s at %(time)s", day=format_date(at, "long"), time=format_time(at, "short")))
