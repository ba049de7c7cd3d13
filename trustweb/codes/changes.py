"""The rate limit of an account's changes: each is written to its journal, which is kept for years."""

from __future__ import annotations

from trustweb.codes import limits
from trustweb.work import Work

# The changes that are free and can be repeated at will. Those that protect an account are not among them and need no
# limit: nothing is removed, turned off or kept more often than something was added, planned or restored.
_OF_FACTORS = ("_added", "_restored", "_renamed")
"""So end the events of a factor of whatever kind."""
_ALSO = frozenset({
    "details_changed", "number_changed", "notifications_on", "device_trusted", "app_password_made", "recovery_key_set",
    "recovery_key_replaced", "backup_codes_made", "backup_codes_replaced", "address_change_asked",
    "two_factor_off_planned", "account_deletion_planned", "data_downloaded", "service_consented",
})  # fmt: skip


def is_counted(event: str) -> bool:
    return event in _ALSO or event.endswith(_OF_FACTORS)


def count(work: Work, account_id: int) -> None:
    """Count the changes that this transaction wrote to the journal. Raises limits.TooOften, which rolls it back."""
    for event in work.journalled:
        if is_counted(event):
            limits.hit(work, "changes", str(account_id), work.config.changes)
