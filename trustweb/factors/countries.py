"""Where new numbers may be from; numbers already proved stay."""

from __future__ import annotations

from sqlalchemy import select, update

from trustweb.database import Work
from trustweb.models import Site


def allowed(work: Work) -> frozenset[str]:
    """Where new numbers may be from; empty: anywhere."""
    if not work.config.asks_country:
        return work.config.allowed_countries
    said = work.execute(select(Site.countries)).scalar() or ""
    return frozenset(said.split(",")) - {""}


def allow(work: Work, region: str) -> None:
    """The operator's answer at set-up to where numbers may be from."""
    work.execute(update(Site).values(countries=region.upper()))
