"""The acts of an operator on services: adding, changing and removing them, and their secrets.

Rows are the only truth, so each act counts at the next request of every process.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from sqlalchemy import bindparam, delete, exists, func, or_, select
from sqlalchemy.exc import IntegrityError

from trustweb import journal
from trustweb.config import ConfigError
from trustweb.endings import OIDC
from trustweb.factors import app_passwords
from trustweb.models import NOW, Account, AppPassword, Service, ServiceAccess, ServiceSession
from trustweb.services import addresses, client_secrets, definitions, endings, kept_out, listing, service_sessions
from trustweb.services.definitions import Definition
from trustweb.work import Work

_ROW = select(Service).where(Service.name == bindparam("name")).with_for_update()
_USED = or_(
    exists().where(ServiceAccess.account_id == Account.id, ServiceAccess.service_id == bindparam("service")),
    exists().where(AppPassword.account_id == Account.id, AppPassword.service == bindparam("name")),
)
# In one order, before anything of theirs is changed: otherwise two acts could deadlock.
_LOCK = select(Account.id).where(_USED).order_by(Account.id).with_for_update(key_share=True)
_OPEN = (
    ServiceSession.service_id == bindparam("service"),
    ServiceSession.ended_at.is_(None),
    ServiceSession.expires_at > NOW,
)
_PEOPLE = select(func.count(ServiceSession.account_id.distinct())).where(*_OPEN)
_DELETE = delete(Service).where(Service.id == bindparam("service"))


@dataclass(frozen=True)
class Credentials:
    """The id and the secret by which an app names itself; the secret is shown once, and None for a public app."""

    client_id: str
    client_secret: str | None


@dataclass(frozen=True)
class Change:
    """A service as it is (None: not there yet) and as it is to be, and whom that keeps out."""

    before: Definition | None
    after: Definition
    kept_out: Sequence[str] = ()
    app_passwords: int = 0
    """How many are revoked by it."""
    differs: dict[str, tuple[object, object]] = field(default_factory=dict)
    """Both values of what changes, by the names of commands and files."""

    @property
    def hurts(self) -> bool:
        return bool(self.kept_out or self.app_passwords)


def plan(work: Work, wanted: Sequence[Definition]) -> list[Change]:
    """Return what would change. Raises ConfigError when the services cannot stand beside each other."""
    there = {each.name: definitions.of(each) for each in listing.every(work)}
    _require_together(there | {each.name: each for each in wanted})
    people = kept_out.everybody(work) if any(each.name in there for each in wanted) else []
    return [_change(work, there.get(each.name), each, people) for each in wanted]


def _change(work: Work, before: Definition | None, after: Definition, people: list[kept_out.Person]) -> Change:
    if before is None:
        return Change(None, after)
    old, new = before.said(), after.said()
    keys = [key for key in definitions.KEYS if old.get(key) != new.get(key)]
    differs = {key: (old.get(key), new.get(key)) for key in keys}
    lost = app_passwords.count_of_service(work, before.name) if before.program and not after.program else 0
    return Change(before, after, kept_out.by(people, before, after), lost, differs)


def _require_together(services: dict[str, Definition]) -> None:
    hosts: dict[str, str] = {}
    for each in services.values():
        for name in each.read_by:
            if name not in services:
                raise ConfigError(f"{each.name}: read-by names {name}, and there is no such service.")
        if each.origin is None:
            continue
        host = addresses.host_of(each.origin)
        if host in hosts:
            raise ConfigError(
                f"{each.name}: origin {each.origin} is the host of {hosts[host]}; each site needs one of its own, "
                "since cookies ignore ports."
            )
        hosts[host] = each.name


def require_new(work: Work, name: str) -> None:
    """Refuse a name that a service has already. Raises ConfigError."""
    if listing.by_name(work, name) is not None:
        raise ConfigError(f"There is a service {name} already; change it with `trustweb service apply`.")


def put(work: Work, wanted: Definition) -> Credentials | None:
    """Write a service's row, and return what its app was given for it. Raises ConfigError.

    A door that it has no longer lets nobody in: its sessions end, and its app-specific passwords are revoked.
    """
    row = work.db.scalar(_ROW, {"name": wanted.name})
    if row is None:
        row = Service(name=wanted.name, created_at=work.now)
        work.db.add(row)
    else:
        _close_doors(work, row, wanted)
    for name, value in asdict(wanted).items():
        setattr(row, name, list(value) if isinstance(value, tuple) else value)
    made = _credentials(work, row)
    try:
        with work.savepoint():
            work.flush()
    except IntegrityError:  # another command came between our look and our change
        raise ConfigError(
            f"Another command has changed {wanted.name}, or one beside it, just now; try again."
        ) from None
    return made


def _close_doors(work: Work, row: Service, wanted: Definition) -> None:
    closed = [OIDC] if row.oidc and not wanted.oidc else []
    if row.browser and row.origin != wanted.origin:  # the cookies of its people are on the old host
        closed.append(service_sessions.BROWSER)
    lost = row.program and not wanted.program
    if closed or lost:
        work.execute(_LOCK, {"service": row.id, "name": row.name})
    for door in closed:
        endings.end_door(work, row.id, door)
    if lost:
        _revoke_app_passwords(work, row.name)


def _revoke_app_passwords(work: Work, service: str) -> None:
    # Into the journals only: a text to everybody would cost more than it says, and no account is less safe.
    for account_id in app_passwords.revoke_of_service(work, service):
        journal.write(work, account_id, "app_passwords_revoked", service=service)


def _credentials(work: Work, row: Service) -> Credentials | None:
    if not row.oidc:
        row.client_id = row.secret_mac = row.older_secret_mac = None
        return None
    known = row.client_id
    row.client_id = row.client_id or secrets.token_hex(12)
    if row.public:
        row.secret_mac = row.older_secret_mac = None
        return None if known else Credentials(row.client_id, None)
    if row.secret_mac:
        return None
    secret, row.secret_mac = _draw(work, row.client_id)
    return Credentials(row.client_id, secret)


def _draw(work: Work, client_id: str) -> tuple[str, str]:
    """Return a new secret of an app and its MAC."""
    secret = client_secrets.draw()
    return secret, client_secrets.mac(work.keys, client_id, secret)


def renew_secret(work: Work, name: str) -> Credentials:
    """Make a new secret. The one before stays valid until it is dropped. Raises ConfigError."""
    row = _with_secret(work, name)
    if row.older_secret_mac:
        raise ConfigError(
            f"{name} has two valid secrets already; once the app uses the newer, run "
            f"`trustweb service secret {name} --drop-older`."
        )
    assert row.client_id is not None
    secret, mac = _draw(work, row.client_id)
    row.secret_mac, row.older_secret_mac = mac, row.secret_mac
    return Credentials(row.client_id, secret)


def drop_older_secret(work: Work, name: str) -> bool:
    """Make the secret before the newest invalid. Return False when there is none. Raises ConfigError."""
    row = _with_secret(work, name)
    had, row.older_secret_mac = row.older_secret_mac, None
    return had is not None


def _with_secret(work: Work, name: str) -> Service:
    row = work.db.scalar(_ROW, {"name": name})
    if row is None:
        raise ConfigError(f"There is no service {name}.")
    if not row.oidc or row.public:
        raise ConfigError(f"{name} has no secret: only the oidc door has one, and that of public apps has none.")
    return row


@dataclass(frozen=True)
class Use:
    """The number of those who use a service."""

    people: int
    """Accounts that are signed in there."""
    app_passwords: int


def use_of(work: Work, name: str) -> Use:
    """Count those who use a service. Raises ConfigError when there is none."""
    service = listing.by_name(work, name)
    if service is None:
        raise ConfigError(f"There is no service {name}.")
    people = work.execute(_PEOPLE, {"service": service.id, "now": work.now}).scalar_one()
    return Use(people, app_passwords.count_of_service(work, name))


def remove(work: Work, name: str) -> None:
    """Remove a service with all that people have there: sessions, tokens, consents, app-specific passwords, ids.

    Raises ConfigError when there is none.
    """
    row = work.db.scalar(_ROW, {"name": name})
    if row is None:
        raise ConfigError(f"There is no service {name}.")
    work.execute(_LOCK, {"service": row.id, "name": name})
    _revoke_app_passwords(work, name)
    endings.end_service(work, row.id)
    for other in work.db.scalars(select(Service)):
        if name in other.read_by:
            other.read_by = [each for each in other.read_by if each != name]
    work.flush()
    work.execute(_DELETE, {"service": row.id})
