"""The tables of the kinds of factors: every floor knows the same kinds, and what they say in SQL they say in Python."""

from __future__ import annotations

from itertools import product

from sqlalchemy import select, update

from tests.support.belongings import Has, owner_of
from tests.support.kit import Kit
from trustweb.factors import enrolled
from trustweb.factors.kinds import KINDS
from trustweb.models import BackupCodes, Factor, RecoveryKey, TrustedDevice, columns
from trustweb.recovery import kinds as recovery_kinds
from trustweb.web import kinds as web_kinds

EVERYTHING = Has(numbers=1, app=True, pin_passkey=True, device=True, key="old", codes=True, mailbox="old")


def test_every_floor_has_a_line_for_every_kind() -> None:
    assert KINDS.keys() == recovery_kinds.KINDS.keys() == web_kinds.KINDS.keys()


def test_a_noun_a_view_and_a_list_belong_to_one_kind_alone() -> None:
    for field in ("name", "noun", "view", "exported_as"):
        assert len({getattr(kind, field) for kind in KINDS.values()}) == len(KINDS)


def test_an_account_with_everything_has_one_of_each_kind(kit: Kit) -> None:
    account = owner_of(kit, EVERYTHING).account

    with kit.core.database.reading() as work:
        assert [each.kind for each in enrolled.of(work, account.id).factors] == list(KINDS)


def test_usable_is_the_same_in_sql_and_in_python(kit: Kit) -> None:
    owner_of(kit, EVERYTHING)
    seen = set()

    for disabled, skips, used, left in product((False, True), repeat=4):
        with kit.core.database.writing() as work:
            at = {False: None, True: work.now}
            work.db.execute(update(Factor).values(disabled_at=at[disabled]))
            work.db.execute(update(TrustedDevice).values(skips_code=skips))
            work.db.execute(update(RecoveryKey).values(used_at=at[used]))
            work.db.execute(update(BackupCodes).values(codes_left=int(left)))
            for kind in KINDS.values():
                what = select(*columns(kind.view, Factor, kind.table), kind.usable).join(kind.table)
                row = work.db.execute(what).one()
                assert kind.view(*row[:-1]).is_usable == row[-1]
                seen.add((kind.name, row[-1]))
    assert len(seen) == 2 * len(KINDS)
