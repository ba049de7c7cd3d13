"""What templates may say: masked numbers, waiting times, and the kind of a refusal."""

from __future__ import annotations

import math
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel import dates
from flask import Flask
from flask_babel import get_locale, get_timezone
from markupsafe import Markup

from trustweb import phone_numbers
from trustweb.database import Refused
from trustweb.web import assets, language
from trustweb.web.visitors import core, visitor


def register(app: Flask) -> None:
    app.jinja_env.filters.update(
        mask=phone_numbers.mask, international=phone_numbers.international, kind=kind, moment=moment, day=day
    )
    app.jinja_env.globals.update(asset=assets.url, seconds_until=seconds_until, wait=wait)
    app.jinja_env.globals.update(_=language.translate, gettext=language.translate, ngettext=language.translate_plural)
    # Loaded once: importing them in each template costs as much as a query.
    for name in ("pieces", "refusals"):
        app.jinja_env.globals[name] = app.jinja_env.get_template(f"_{name}.html").module
    app.context_processor(_always)


def _always() -> dict[str, Any]:
    return {
        "visitor": visitor(),
        "site_name": core().config.site_name,
        "language": str(get_locale()),
        "_": language.words().say,
        "handset": core().config.demo and "handset" in core().routes,
    }


def kind(refusal: Refused | None) -> str:
    return type(refusal).__name__ if refusal is not None else ""


def seconds_until(moment: datetime) -> int:
    return max(0, math.ceil((moment - core().database.now()).total_seconds()))


def wait(moment: datetime) -> Markup:
    """How long still, in the roundest words that are true."""
    seconds = seconds_until(moment)
    if seconds <= 90:
        return language.translate_plural("%(num)d second", "%(num)d seconds", seconds)
    if seconds <= 90 * 60:
        return language.translate_plural("%(num)d minute", "%(num)d minutes", math.ceil(seconds / 60))
    return language.translate_plural("%(num)d hour", "%(num)d hours", math.ceil(seconds / 3600))


def day(moment: datetime) -> str:
    return _day(moment.astimezone(get_timezone()).date(), language.date_locale())


@lru_cache(maxsize=4096)
def _day(date: date, locale: str) -> str:
    return dates.format_date(date, "long", locale)


def moment(at: datetime) -> Markup:
    time = dates.format_time(at.astimezone(get_timezone()), "short", locale=language.date_locale())
    return language.translate("%(day)s at %(time)s", day=day(at), time=time)
