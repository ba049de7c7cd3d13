"""The devices on which factors are kept, as their owner names them: factors on one device are lost together."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, update

from trustweb.accounts import MAX_DISPLAY_NAME, clean_display_name
from trustweb.factors import enrolled
from trustweb.models import Factor, SessionView
from trustweb.work import Work

_KEEP = (
    update(Factor)
    .where(Factor.id == bindparam("factor"), Factor.kept_on != bindparam("device"))
    .values(kept_on=bindparam("device"))
)


def keep(work: Work, session: SessionView, devices: Mapping[str, str]) -> None:
    """Store on which device each factor is. ``devices``: names by the factors' public ids; others stay as they are.

    It changes only what the page says about a loss, so it needs no fresh proof and sends no notice.
    """
    for each in enrolled.of(work, session.account_id).named:
        if each.public_id in devices:
            device = clean_display_name(devices[each.public_id])[:MAX_DISPLAY_NAME]
            work.execute(_KEEP, {"factor": each.id, "device": device})
