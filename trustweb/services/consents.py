"""Consent: which scopes a person lets an app have, asked once per set."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, update

from trustweb import journal
from trustweb.models import NOW, ServiceAccess, ServiceView
from trustweb.services import leaving, way_in
from trustweb.services.app_request import SCOPES
from trustweb.work import Work

_GIVE = (
    update(ServiceAccess)
    .where(ServiceAccess.account_id == bindparam("account"), ServiceAccess.service_id == bindparam("service"))
    .values(scopes=bindparam("given"), consented_at=NOW)
)


def give(work: Work, account_id: int, service: ServiceView, scopes: Iterable[str]) -> None:
    """Store that the person lets the app have these scopes, beside those from before."""
    before = way_in.consented(leaving.note_use(work, account_id, service))
    given = " ".join(each for each in SCOPES if each in {*before, *scopes})
    values = {"account": account_id, "service": service.id, "given": given, "now": work.now}
    work.execute(_GIVE, values)
    journal.write(work, account_id, "service_consented", service=service.shown, scopes=given)
