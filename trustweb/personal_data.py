"""Export of the data that the database has about a person, without hashes, tokens and codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from trustweb import json_stream, notices
from trustweb.database import Database
from trustweb.factors import require_fresh_proof
from trustweb.factors.kinds import KINDS, Kind
from trustweb.models import (
    Account,
    AccountGroup,
    AppPassword,
    Challenge,
    Delivery,
    Factor,
    Invitation,
    JournalEntry,
    KnownBrowser,
    MailLink,
    Recovery,
    Service,
    ServiceAccess,
    ServiceSession,
    ServiceToken,
    SessionView,
    SignInSession,
)
from trustweb.phone_numbers import mask
from trustweb.statements import Rows
from trustweb.work import Work

_PAGE = 500
_WHOSE: BindParameter[int] = bindparam("account")

_ACCOUNT = select(
    Account.name, Account.display_name, Account.role, Account.language, Account.time_zone, Account.created_at,
    Account.password_changed_at, Account.two_factor_since, Account.strangers_blocked_at,
    Account.disabled_at,
    Account.two_factor_off_at, Account.deletes_at, Account.recovers_at,
    Account.password_by_mail, Account.services_end_before,
).where(Account.id == _WHOSE)  # fmt: skip
_GROUPS = select(AccountGroup.name.label("groups")).where(AccountGroup.account_id == _WHOSE).order_by(AccountGroup.name)
_FACTOR = (
    Factor.label, Factor.added_at, Factor.trusted_from, Factor.last_proved_at, Factor.fails_in_row, Factor.disabled_at,
    Factor.removed_at, Factor.kept_on,
)  # fmt: skip


def _factors(kind: Kind) -> Select[*tuple[Any, ...]]:
    # What is on paper has removed_at in its own table: a session that a removed one proved stays proved by its factor.
    shared = [each for each in _FACTOR if not (kind.single_use and each is Factor.removed_at)]
    mine = select(*shared, *kind.export).join(kind.table, kind.table.factor_id == Factor.id)
    return mine.where(Factor.account_id == _WHOSE)


_CODES = (
    select(
        Challenge.purpose, Challenge.method, Challenge.number, Challenge.label, Challenge.service, Challenge.started_at,
        Challenge.expires_at, Challenge.ended_at, Challenge.outcome, Challenge.sends, Challenge.tries_left,
    )
    .where(Challenge.account_id == _WHOSE)
)  # fmt: skip
_SENT = (
    Delivery.method, Delivery.destination, Delivery.language, Delivery.state, Delivery.transport, Delivery.attempts,
    Delivery.reason, Delivery.created_at, Delivery.changed_at,
)  # fmt: skip
_MESSAGES = (
    select(Delivery.challenge_id, *_SENT)
    .join(Challenge, Challenge.id == Delivery.challenge_id)
    .where(Challenge.account_id == _WHOSE, Challenge.id >= bindparam("first"), Challenge.id <= bindparam("last"))
    .order_by(Delivery.id)
)
_LISTS: dict[str, Select[*tuple[Any, ...]]] = {
    "invitations": select(
        Invitation.name, Invitation.role, Invitation.language, Invitation.set_up, Invitation.by_mail,
        Invitation.created_at, Invitation.expires_at, Invitation.used_at,
    )
    .where(Invitation.account_id == _WHOSE),
    **{kind.exported_as: _factors(kind) for kind in KINDS.values()},
    "mail_links": select(
        MailLink.act, MailLink.language, MailLink.known_browser, MailLink.created_at, MailLink.expires_at,
        MailLink.ended_at,
    )
    .where(MailLink.account_id == _WHOSE),
    "app_passwords": select(
        AppPassword.name, AppPassword.service, AppPassword.created_at, AppPassword.last_used_at,
        AppPassword.last_address, AppPassword.revoked_at,
    )
    .where(AppPassword.account_id == _WHOSE),
    "sessions": select(
        SignInSession.browser_name.label("browser"), SignInSession.address, SignInSession.stage,
        SignInSession.stage_since, SignInSession.started_at, SignInSession.last_seen_at, SignInSession.ended_at,
        SignInSession.ended_how, SignInSession.step_up_until, SignInSession.known_browser, SignInSession.password_at,
        SignInSession.proof_at, SignInSession.proof_kind, SignInSession.proof_method, SignInSession.user_verified,
    )
    .where(SignInSession.account_id == _WHOSE),
    "services": select(
        Service.name.label("service"), Service.title, ServiceAccess.sub, ServiceAccess.created_at, ServiceAccess.scopes,
        ServiceAccess.consented_at, ServiceAccess.last_used_at, ServiceAccess.last_address, ServiceAccess.last_browser,
    )
    .join(Service, Service.id == ServiceAccess.service_id)
    .where(ServiceAccess.account_id == _WHOSE),
    "service_sessions": select(
        Service.name.label("service"), ServiceSession.door, ServiceSession.started_at, ServiceSession.last_seen_at,
        ServiceSession.expires_at, ServiceSession.ended_at, ServiceSession.auth_time, ServiceSession.acr,
        ServiceSession.amr, ServiceSession.browser_name.label("browser"), ServiceSession.address,
    )
    .join(Service, Service.id == ServiceSession.service_id)
    .where(ServiceSession.account_id == _WHOSE),
    "service_tokens": select(
        Service.name.label("service"), ServiceToken.kind, ServiceToken.offline, ServiceToken.scope,
        ServiceToken.created_at, ServiceToken.expires_at, ServiceToken.spent_at, ServiceToken.revoked_at,
    )
    .join(ServiceSession, ServiceSession.id == ServiceToken.service_session_id)
    .join(Service, Service.id == ServiceSession.service_id)
    .where(ServiceSession.account_id == _WHOSE),
    "known_browsers": select(KnownBrowser.first_seen_at)
    .where(KnownBrowser.account_id == _WHOSE),
    "recoveries": select(
        Recovery.kind, Recovery.started_at, Recovery.waited, Recovery.seen_at, Recovery.link_until,
        Recovery.half_told_at, Recovery.ended_at, Recovery.outcome, Recovery.browser_name.label("browser"),
        Recovery.address,
    )
    .where(Recovery.account_id == _WHOSE),
    "notices": select(*_SENT, Delivery.answered_at).where(Delivery.account_id == _WHOSE),
    "journal": select(
        JournalEntry.seq, JournalEntry.at, JournalEntry.event, JournalEntry.details, JournalEntry.address,
        JournalEntry.browser,
    )
    .where(JournalEntry.account_id == _WHOSE),
}  # fmt: skip
_KEYS: dict[str, InstrumentedAttribute[int]] = {
    "invitations": Invitation.id, "mail_links": MailLink.id, "app_passwords": AppPassword.id,
    "sessions": SignInSession.id, "services": ServiceAccess.id, "service_sessions": ServiceSession.id,
    "service_tokens": ServiceToken.id, "known_browsers": KnownBrowser.id, "recoveries": Recovery.id,
    "notices": Delivery.id, "journal": JournalEntry.seq,
}  # fmt: skip
"""The keys that pages are ordered by; the other lists are ordered by their factor's id."""


def _by_pages(statement: Select[*tuple[Any, ...]], key: InstrumentedAttribute[int]) -> Select[*tuple[Any, ...]]:
    """Add the key as ``id`` to a statement, and limit it to a page of rows after a key."""
    after = key > bindparam("after")
    return statement.add_columns(key.label("id")).where(after).order_by(key).limit(bindparam("most"))


_PAGES = {name: _by_pages(statement, _KEYS.get(name, Factor.id)) for name, statement in _LISTS.items()}
_PAGE_OF_CODES = _by_pages(_CODES, Challenge.id)
STATEMENTS = (_ACCOUNT, _GROUPS, _PAGE_OF_CODES, _MESSAGES, *_LISTS.values())


def note_export(work: Work, session: SessionView) -> None:
    """Write to the journal that the account's data is exported, and tell its channels. Raises FreshProofNeeded."""
    require_fresh_proof(session, work.now)
    notices.tell(work, session.account_id, "data_downloaded")


def document(database: Database, account_id: int) -> Iterator[str]:
    """Yield everything about an account as the text of one JSON object: a journal may be longer than memory.

    Each page has its own reading transaction, so that a client that reads slowly holds none open.
    """
    with database.reading() as work:
        (account,) = _plain(work.execute(_ACCOUNT, {"account": account_id}))
        account["groups"] = list(work.execute(_GROUPS, {"account": account_id}).scalars())
    yield f'{{\n"made_at": {json.dumps(_text("made_at", work.now))},\n"account": {json.dumps(account)}'
    for name, statement in _PAGES.items():
        yield f",\n{json.dumps(name)}: "
        yield from json_stream.array(_pages(database, statement, account_id, _without_id))
    yield ',\n"codes": '
    yield from json_stream.array(_pages(database, _PAGE_OF_CODES, account_id, _with_messages))
    yield "\n}\n"


_Items = list[dict[str, Any]]


def _pages(
    database: Database,
    statement: Select[*tuple[Any, ...]],
    account_id: int,
    finish: Callable[[Work, int, _Items], _Items],
) -> Iterator[_Items]:
    after = -1
    while True:
        with database.reading() as work:
            rows = _plain(work.execute(statement, {"account": account_id, "after": after, "most": _PAGE}))
            last = rows[-1]["id"] if len(rows) == _PAGE else None
            items = finish(work, account_id, rows) if rows else rows
        yield items
        if last is None:  # another query would find rows written since, perhaps without end
            return
        after = last


def _without_id(_work: Work, _account_id: int, rows: _Items) -> _Items:
    for each in rows:
        del each["id"]
    return rows


def _with_messages(work: Work, account_id: int, rows: _Items) -> _Items:
    """Return the challenges, each with the messages that carried its code."""
    codes = {each.pop("id"): each | {"messages": []} for each in rows}
    whose = {"account": account_id, "first": min(codes), "last": max(codes)}
    for each in _plain(work.execute(_MESSAGES, whose)):
        codes[each.pop("challenge_id")]["messages"].append(each)
    for each in codes.values():  # a challenge for devices or an app has no number
        each["number"] = mask(each["number"]) if each["number"].startswith("+") else ""
    return list(codes.values())


def _plain(rows: Rows) -> _Items:
    return [{name: _text(name, value) for name, value in row._asdict().items()} for row in rows]


def _text(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if name == "destination" and value.startswith("+"):  # masked: a mistyped number is somebody else's
        return mask(value)
    return json.loads(value) if name == "details" else value
