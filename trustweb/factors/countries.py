"""The countries from which new phone numbers are accepted; numbers already proved stay."""

from __future__ import annotations

from sqlalchemy import select, update

from trustweb.models import Site
from trustweb.work import Work


def allowed(work: Work) -> frozenset[str]:
    """Return the countries from which new numbers are accepted; empty: all."""
    if not work.config.asks_country:
        return work.config.allowed_countries
    said = work.execute(select(Site.countries)).scalar() or ""
    return frozenset(said.split(",")) - {""}


def allow(work: Work, region: str) -> None:
    """Store the country that the operator chose at set-up."""
    work.execute(update(Site).values(countries=region.upper()))
