"""The policy of a service: which groups may come in, and with what proof."""

from __future__ import annotations

from collections.abc import Collection

from trustweb.authentication import proofs
from trustweb.models import ServiceView

NEEDS = proofs.LEVELS
"""The least proof that a service may need, in rising order."""


def may_enter(service: ServiceView, groups: Collection[str]) -> bool:
    """Return True if members of these groups may use the service."""
    return not service.groups or not set(service.groups).isdisjoint(groups)


def is_enough(acr: str, needs: str) -> bool:
    """Return True if what was proved is at least what a service needs now; both are of ``NEEDS``."""
    return NEEDS.index(acr) >= NEEDS.index(needs)
