"""How many changes an account may have in an hour: each writes to its journal, which is kept for years."""

from __future__ import annotations

from trustweb.codes import limits
from trustweb.database import Work

# Those that cost nothing and can be had again and again. What protects an account is not among them, and needs no
# bound of its own: nothing is removed, turned off or kept more often than something was added, planned or restored.
COUNTED = frozenset({
    "details_changed", "number_changed", "app_renamed", "passkey_renamed", "device_renamed", "notifications_on",
    "number_added", "app_added", "passkey_added", "device_trusted", "app_password_made", "recovery_key_set",
    "recovery_key_replaced", "backup_codes_made", "backup_codes_replaced", "number_restored", "app_restored",
    "passkey_restored", "address_change_asked", "two_factor_off_planned", "account_deletion_planned", "data_downloaded",
})  # fmt: skip


def count(work: Work, account_id: int) -> None:
    """Count what was written to the journal in this transaction. Raises limits.TooOften, and then nothing is done."""
    for event in work.journalled:
        if event in COUNTED:
            limits.hit(work, "changes", str(account_id), work.config.changes)
