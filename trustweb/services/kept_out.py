"""The accounts that a change of a service's policy keeps out, which its operator hears before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass, field

from sqlalchemy import select

from trustweb.authentication import proofs
from trustweb.models import Account, AccountGroup, Factor, Passkey
from trustweb.services.definitions import Definition
from trustweb.work import Work

_PEOPLE = select(Account.id, Account.name, Account.two_factor_since).where(Account.disabled_at.is_(None))
# As at the door: one counts that asks for a finger, a face or a PIN.
_PASSKEYS = (
    select(Factor.account_id)
    .join(Passkey, Passkey.factor_id == Factor.id)
    .where(Factor.removed_at.is_(None), Passkey.user_verified)
    .distinct()
)
_GROUPS = select(AccountGroup.account_id, AccountGroup.name)


@dataclass(frozen=True)
class Person:
    """An account, and all that decides where it may come in."""

    name: str
    two_factor: bool
    passkey: bool
    groups: Set[str] = field(default_factory=frozenset)

    def may_enter(self, service: Definition) -> bool:
        """Return True if the account can prove what the service needs, and is in a group of it."""
        needs = service.needs if service.oidc or service.browser else proofs.PASSWORD
        able = {proofs.PASSWORD: True, proofs.TWO_FACTOR: self.two_factor, proofs.PASSKEY: self.passkey}[needs]
        return able and (not service.groups or not self.groups.isdisjoint(service.groups))


def everybody(work: Work) -> list[Person]:
    """Return all accounts that are not disabled, by name."""
    passkeys = set(work.execute(_PASSKEYS).scalars())
    groups: dict[int, set[str]] = defaultdict(set)
    for account_id, name in work.execute(_GROUPS):
        groups[account_id].add(name)
    people = [
        Person(name, since is not None, account_id in passkeys, groups[account_id])
        for account_id, name, since in work.execute(_PEOPLE)
    ]
    return sorted(people, key=lambda each: each.name)


def by(people: list[Person], before: Definition, after: Definition) -> list[str]:
    """Return the names of those who may come in before a change and not after it."""
    return [each.name for each in people if each.may_enter(before) and not each.may_enter(after)]
