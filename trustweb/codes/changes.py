"""The rate limit of an account's changes: each is written to its journal, which is kept for years."""

from __future__ import annotations

from trustweb.codes import limits
from trustweb.database import Work

# The changes that are free and can be repeated at will. Those that protect an account are not among them and need no
# limit: nothing is removed, turned off or kept more often than something was added, planned or restored.
COUNTED = frozenset({
    "details_changed", "number_changed", "app_renamed", "passkey_renamed", "device_renamed", "notifications_on",
    "number_added", "app_added", "passkey_added", "device_trusted", "app_password_made", "recovery_key_set",
    "recovery_key_replaced", "backup_codes_made", "backup_codes_replaced", "number_restored", "app_restored",
    "passkey_restored", "address_change_asked", "two_factor_off_planned", "account_deletion_planned", "data_downloaded",
})  # fmt: skip


def count(work: Work, account_id: int) -> None:
    """Count the changes that this transaction wrote to the journal. Raises limits.TooOften, which rolls it back."""
    for event in work.journalled:
        if event in COUNTED:
            limits.hit(work, "changes", str(account_id), work.config.changes)
