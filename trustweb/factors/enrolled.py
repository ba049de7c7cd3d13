"""An account's factors of every kind, read with one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, exists, func, select

from trustweb.factors.kinds import KINDS
from trustweb.models import (
    AppPassword,
    AppView,
    BackupCodesView,
    DeviceView,
    Factor,
    FactorView,
    MailAddressView,
    NumberView,
    PasskeyView,
    RecoveryKeyView,
    ServiceAccess,
    SessionView,
    columns,
)
from trustweb.work import Work

View = TypeVar("View", bound=FactorView)

_APP_PASSWORDS = (
    select(func.count())
    .where(AppPassword.account_id == bindparam("account"), AppPassword.revoked_at.is_(None))
    .scalar_subquery()
)
_SERVICES = exists().where(ServiceAccess.account_id == bindparam("account"))
_OF_KIND = {name: columns(kind.view, Factor, kind.table) for name, kind in KINDS.items()}
_COLUMNS = list(dict.fromkeys(chain.from_iterable(_OF_KIND.values())))
_PLACE = {column: place for place, column in enumerate(_COLUMNS)}
_VALUES = {name: itemgetter(*(_PLACE[each] for each in mine)) for name, mine in _OF_KIND.items()}
"""For each kind, a function that picks the values of its view from a row."""
_KIND = _PLACE[Factor.kind]


def _every_kind() -> Select[*tuple[Any, ...]]:
    every = select(*_COLUMNS, _APP_PASSWORDS, _SERVICES).where(
        Factor.account_id == bindparam("account"), Factor.removed_at.is_(None)
    )
    for kind in KINDS.values():
        if kind.valid_if is not None:
            every = every.where(kind.valid_if)
        if kind.valid_if is not None or any(each.class_ is kind.table for each in _OF_KIND[kind.name]):
            every = every.outerjoin_from(Factor, kind.table, kind.table.factor_id == Factor.id)
    return every.order_by(Factor.id)


_ALL = _every_kind()


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The factors of an account that are neither removed nor expired."""

    factors: Sequence[FactorView]
    """By kind, in the order of ``KINDS``, and in each kind the oldest first."""
    app_passwords: int = 0
    """The number of app-specific passwords. They are no factors, but the Security page shows the number."""
    services: bool = False
    """True if the account ever came to a service: otherwise the Security page asks for none."""

    def of(self, view: type[View]) -> list[View]:
        """Return the factors of one kind, by its view."""
        return [each for each in self.factors if type(each) is view]

    def find(self, public_id: str) -> FactorView | None:
        return next((each for each in self.factors if each.public_id == public_id), None)

    def usable(self, view: type[View], session: SessionView) -> list[View]:
        """Return the factors of one kind that can prove this session.

        A disabled one, as after too many failures, still works in a browser that the account knows.
        """
        return [each for each in self.of(view) if each.is_usable or session.known_browser]

    @property
    def numbers(self) -> list[NumberView]:
        return self.of(NumberView)

    @property
    def apps(self) -> list[AppView]:
        return self.of(AppView)

    @property
    def passkeys(self) -> list[PasskeyView]:
        return self.of(PasskeyView)

    @property
    def devices(self) -> list[DeviceView]:
        return self.of(DeviceView)

    @property
    def address(self) -> MailAddressView | None:
        """The account's address, if it is proved."""
        return next(iter(self.of(MailAddressView)), None)

    @property
    def recovery_key(self) -> RecoveryKeyView | None:
        return next(iter(self.of(RecoveryKeyView)), None)

    @property
    def backup_codes(self) -> BackupCodesView | None:
        return next(iter(self.of(BackupCodesView)), None)

    @property
    def uses_services(self) -> bool:
        """True if there may be something to show of services: most accounts have never been at one."""
        return self.services or self.app_passwords > 0

    @property
    def named(self) -> list[FactorView]:
        """The factors of kinds of which an account may have several, each with a name."""
        return [each for each in self.factors if not KINDS[each.kind].single]

    @property
    def sign_in_factors(self) -> list[FactorView]:
        """The factors that sign in anywhere and are not used up."""
        return [each for each in self.factors if KINDS[each.kind].signs_in]

    def devices_elsewhere(self, session: SessionView) -> list[DeviceView]:
        """Return the devices that may show this session's code: usable ones that are another browser."""
        return [each for each in self.devices if each.is_usable and each.browser_hash != session.browser_hash]


def of(work: Work, account_id: int) -> Enrolled:
    found: dict[str, list[FactorView]] = {name: [] for name in KINDS}
    app_passwords, services = 0, False
    for row in work.execute(_ALL, {"account": account_id, "now": work.now}):
        kind, app_passwords, services = row[_KIND], row[-2], bool(row[-1])
        found[kind].append(KINDS[kind].view(*_VALUES[kind](row)))
    return Enrolled([each for kind in found.values() for each in kind], app_passwords, services)
