"""The end of a request: the person goes back to the app with a code, to the site with a ticket, or with an error."""

from __future__ import annotations

from trustweb import journal
from trustweb.models import AccessView, RequestView, ServiceView, SessionView
from trustweb.services import codes, listing, tickets
from trustweb.services.app_request import AppRequest, answer
from trustweb.work import Work


def to_app(work: Work, session: SessionView, service: ServiceView, asked: AppRequest) -> str:
    """Return the app's address with a new code. The transaction holds the account."""
    note_use(work, session.account_id, service)
    code = codes.issue(
        work,
        session,
        service,
        redirect_uri=asked.redirect_uri,
        scope=asked.scope,
        nonce=asked.nonce,
        code_challenge=asked.code_challenge,
    )
    return answer(asked.redirect_uri, work.config.origin, {"code": code}, asked.state)


def to_site(work: Work, session: SessionView, service: ServiceView, request: RequestView) -> str:
    """Return the address on the site's host, with a new ticket. The transaction holds the account."""
    note_use(work, session.account_id, service)
    return tickets.issue(work, session, service, request)


def cancelled(issuer: str, asked: AppRequest) -> str:
    """Return the app's address with the error that the person did not want to go on."""
    values = {"error": "access_denied", "error_description": "The person did not go on."}
    return answer(asked.redirect_uri, issuer, values, asked.state)


def note_use(work: Work, account_id: int, service: ServiceView) -> AccessView:
    """Store when and from where the account was last used at the service, and that it was the first time."""
    if (access := listing.access_of(work, account_id, service.id)) is None:
        access = listing.ensure_access(work, account_id, service.id)
        journal.write(work, account_id, "service_first_used", service=service.shown)
    listing.note_use(work, account_id, service.id)
    return access
