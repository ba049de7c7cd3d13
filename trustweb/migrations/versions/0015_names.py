"""One key for all ways to write an address

The keys that change are said. Where two accounts would meet in one key, the older one has it. What was proved or sent
through the mailbox of another domain, as ß was ss to IDNA 2003, is not proved any more, and not good.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple

import idna
import sqlalchemy as sa
from alembic import op
from click import echo

from trustweb.models import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_AT_ONCE = 1000
_ACCOUNT = sa.table(
    "account", sa.column("id"), sa.column("name"), sa.column("name_key"), sa.column("created_at", Moment)
)
_ROWS = sa.select(_ACCOUNT.c.id, _ACCOUNT.c.name, _ACCOUNT.c.name_key, _ACCOUNT.c.created_at)
_NEXT = _ROWS.where(_ACCOUNT.c.id > sa.bindparam("last")).order_by(_ACCOUNT.c.id).limit(_AT_ONCE)
_HOLDERS = _ROWS.where(_ACCOUNT.c.name_key.in_(sa.bindparam("keys", expanding=True)))
_SET = sa.update(_ACCOUNT).where(_ACCOUNT.c.id == sa.bindparam("which")).values(name_key=sa.bindparam("key"))
_FACTOR = sa.table(
    "factor", sa.column("id"), sa.column("account_id"), sa.column("kind"), sa.column("removed_at", Moment)
)
_UNPROVE = (
    sa.update(_FACTOR)
    .where(
        _FACTOR.c.account_id.in_(sa.bindparam("accounts", expanding=True)),
        _FACTOR.c.kind == "mail_address",
        _FACTOR.c.removed_at.is_(None),
    )
    .values(removed_at=sa.bindparam("at", type_=Moment))
    .returning(_FACTOR.c.account_id)
)
_LINK = sa.table("mail_link", sa.column("id"), sa.column("address"), sa.column("ended_at", Moment))
_OPEN_LINKS = sa.select(_LINK.c.id, _LINK.c.address).where(_LINK.c.ended_at.is_(None))
_END = (
    sa.update(_LINK)
    .where(_LINK.c.id.in_(sa.bindparam("which", expanding=True)))
    .values(ended_at=sa.bindparam("at", type_=Moment))
)
_INVITED = sa.table("invitation", sa.column("id"), sa.column("name"), sa.column("by_mail"), sa.column("used_at"))
_OPEN_INVITATIONS = sa.select(_INVITED.c.id, _INVITED.c.name).where(_INVITED.c.by_mail, _INVITED.c.used_at.is_(None))
_FORGET = sa.delete(_INVITED).where(_INVITED.c.id.in_(sa.bindparam("which", expanding=True)))
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_IN_NO_ADDRESS = re.compile(r"[\s()<>\[\]:;@\\,\"]|\.\.")
_JOINERS = str.maketrans("", "", "\u200c\u200d")
_PLAIN = str.maketrans("＠﹫。｡．﹒․︒⠀", "@@...... ")


class Named(NamedTuple):
    id: int
    name: str
    key: str
    created_at: datetime


def upgrade() -> None:
    connection, last = op.get_bind(), 0
    put_aside: dict[int, str] = {}
    lost: dict[int, tuple[str, str]] = {}
    while rows := connection.execute(_NEXT, {"last": last}).all():
        last = rows[-1].id
        _unprove(connection, {row.id: row.name for row in rows})
        _give(connection, [Named(*row) for row in rows], put_aside, lost)
    _end_links(connection)
    for account_id, (name, key) in sorted(lost.items()):
        (holder,) = connection.execute(_HOLDERS, {"keys": [key]}).all()
        echo(
            f"{holder.name} (account {holder.id}) and {name} (account {account_id}) are the same address: account "
            f"{holder.id} is older and keeps it, and nobody can sign in to account {account_id} by its name until you "
            f"give it another one with `trustweb account rename {account_id} NEW-ADDRESS`.",
            err=True,
        )


def _unprove(connection: sa.Connection, names: Mapping[int, str]) -> None:
    """Whoever read that mailbox would stay the one whose address it is."""
    doubtful = [account_id for account_id, name in names.items() if _went_to(name)]
    values = {"accounts": doubtful, "at": datetime.now(UTC)}
    for account_id in sorted(connection.execute(_UNPROVE, values).scalars()) if doubtful else ():
        name, mailbox = names[account_id], _went_to(names[account_id])
        echo(
            f"{name} (account {account_id}) was confirmed in the mailbox {mailbox}, which may be somebody else's: it "
            "is not confirmed any more.",
            err=True,
        )


def _end_links(connection: sa.Connection) -> None:
    """They reached that mailbox, and would prove the other one."""
    links = [each.id for each in connection.execute(_OPEN_LINKS) if _went_to(each.address)]
    invitations = [each.id for each in connection.execute(_OPEN_INVITATIONS) if _went_to(each.name or "")]
    for first in range(0, len(links), _AT_ONCE):
        connection.execute(_END, {"which": links[first : first + _AT_ONCE], "at": datetime.now(UTC)})
    for first in range(0, len(invitations), _AT_ONCE):
        connection.execute(_FORGET, {"which": invitations[first : first + _AT_ONCE]})
    if links:
        echo(f"Links that went to other domains than they are for are not good any more: {len(links)}.", err=True)


def _went_to(name: str) -> str:
    """Where mails went by IDNA 2003, when that is another domain than by IDNA 2008; else empty."""
    local, _, domain = name.rpartition("@")
    right = _key(name).rpartition("@")[2]
    try:
        before = domain.encode("idna").decode().lower().rstrip(".")
    except UnicodeError:  # no mail went out
        return ""
    return f"{local}@{before}" if right not in ("", before) else ""


def _give(
    connection: sa.Connection, rows: Sequence[Named], put_aside: dict[int, str], lost: dict[int, tuple[str, str]]
) -> None:
    """The accounts get their new keys. ``put_aside``: the old keys of those that stood in the way before their turn."""
    keys = {row.id: _key(row.name) for row in rows}
    for row in rows:
        if not keys[row.id]:
            echo(f"{row.name} is no e-mail address: say `trustweb account rename {row.id} NEW-ADDRESS`.", err=True)
    claims = {row.id: row._replace(key=keys[row.id]) for row in rows if keys[row.id] not in ("", row.key)}
    if not claims:
        return
    before = {row.id: put_aside.pop(row.id, row.key) for row in rows}
    found = connection.execute(_HOLDERS, {"keys": list({each.key for each in claims.values()})}).all()
    holders = [Named(*row) for row in found if row.id not in claims]
    # Their turn comes, and they leave the key that they have.
    leaving = {each.id: each.key for each in holders if _key(each.name) not in ("", each.key)}
    put_aside |= leaving
    first: dict[str, Named] = {}
    staying = [each for each in holders if each.id not in leaving]
    for each in sorted([*claims.values(), *staying], key=lambda one: (one.created_at, one.id)):
        if first.setdefault(each.key, each) is not each:
            lost[each.id] = (each.name, each.key)
    # A key is unique at every statement: first all that move make room. No look-up has capitals.
    moving = [*claims, *leaving, *(each.id for each in staying if each.id in lost)]
    _set(connection, {account_id: f"NOBODY {account_id}" for account_id in moving})
    given = {each.id: each.key for each in claims.values() if first[each.key] is each}
    _set(connection, given)
    for account_id, key in given.items():
        echo(f"Account {account_id} is looked up as {key}, and not as {before[account_id]} any more.", err=True)


def _set(connection: sa.Connection, keys: Mapping[int, str]) -> None:
    if keys:
        connection.execute(_SET, [{"which": each, "key": key} for each, key in keys.items()])


def _key(typed: str) -> str:
    """As ``mail_addresses.key`` was when this was written; empty for what is no address."""
    local, _, domain = _UNSEEN.sub("", typed).translate(_PLAIN).rpartition("@")
    local = _plain(local.translate(_JOINERS)).strip()
    try:
        mapped = idna.uts46_remap(domain.strip(), std3_rules=False)
        kept = (c for at, c in enumerate(mapped) if c not in "\u200c\u200d" or idna.valid_contextj(mapped, at))
        in_ascii = idna.encode("".join(kept).rstrip("."), strict=True).decode()
    except ValueError:
        return ""
    small = _plain(local.lower().replace("ς", "σ"))
    return f"{small}@{in_ascii}" if local and local.isprintable() else ""


def _falls_apart(sign: str) -> bool:
    return not sign.isascii() and bool(_IN_NO_ADDRESS.search(unicodedata.normalize("NFKC", sign)))


def _plain(local: str) -> str:
    runs = groupby(local, key=_falls_apart)
    plain = ["".join(run) if kept else unicodedata.normalize("NFKC", "".join(run)) for kept, run in runs]
    return unicodedata.normalize("NFC", "".join(plain))
