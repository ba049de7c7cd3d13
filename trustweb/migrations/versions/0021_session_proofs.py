"""What was proved in a session, and when"""

import sqlalchemy as sa
from alembic import op

from trustweb.models import Moment

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_FACTOR = sa.table("factor", *map(sa.column, ("id", "kind")))
_OLD = "stage", "stage_since", "started_at", "family", "proved_by"
_NEW = "password_at", "proof_at", "proof_kind", "user_verified"
_SESSION = sa.table("session", *map(sa.column, (*_OLD, *_NEW)))
_KIND = sa.select(_FACTOR.c.kind).where(_FACTOR.c.id == _SESSION.c.proved_by).scalar_subquery()


def upgrade() -> None:
    op.add_column("session", sa.Column("password_at", Moment(timezone=True), nullable=True))
    op.add_column("session", sa.Column("proof_at", Moment(timezone=True), nullable=True))
    op.add_column("session", sa.Column("proof_kind", sa.String(length=24), nullable=True))
    op.add_column("session", sa.Column("proof_method", sa.String(length=8), nullable=True))
    op.add_column("session", sa.Column("user_verified", sa.Boolean(), server_default=sa.false(), nullable=False))
    # Only sessions that began half-open, with a password, have a family. Without one, a session of a passkey began with
    # it alone, after it had verified its user; one of a trusted device with its cookie, which is no proof; and one of
    # no factor with a password. Step-ups are not known, nor whether a code came by text or call.
    alone = sa.and_(_SESSION.c.family.is_(None), sa.func.coalesce(_KIND, "") == "passkey")
    by_cookie = sa.and_(_SESSION.c.family.is_(None), _KIND == "trusted_device")
    proved = sa.and_(_SESSION.c.stage == "full", _KIND.is_not(None), ~by_cookie)
    this = sa.update(_SESSION)
    op.execute(this.where(~alone).values(password_at=_SESSION.c.started_at))
    op.execute(this.where(proved).values(proof_at=_SESSION.c.stage_since, proof_kind=_KIND))
    op.execute(this.where(alone).values(user_verified=sa.true()))
