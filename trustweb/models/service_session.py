"""Requests on their way to a service, and the codes, sessions and tokens that come of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base


class ServiceSession(Base):
    """A person's time at a service by one session here. It ends with that session, or by its own idle time and life."""

    __tablename__ = "service_session"
    __table_args__ = (
        Index("ix_service_session_session_id", "session_id"),
        Index("ix_service_session_account_id", "account_id"),
        Index("ix_service_session_service_id", "service_id"),
        Index("ix_service_session_proved_by", "proved_by"),
        Index("ix_service_session_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(43), unique=True)
    """The id that apps know it by."""
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("session.id", ondelete="SET NULL"))
    """The session that it came from; what is not offline has ended when that is gone."""
    door: Mapped[str] = mapped_column(String(8))
    """oidc or browser."""
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """The hash of the cookie on the browser door's own host."""
    started_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """When it ends however much it is used."""
    ended_at: Mapped[datetime | None]
    auth_time: Mapped[datetime]
    """When the person last proved something before it began."""
    acr: Mapped[str] = mapped_column(String(16))
    amr: Mapped[str] = mapped_column(String(64))
    """How, separated by blanks."""
    by_factor: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True when a factor proved it: it has ended when ``proved_by`` is gone or removed."""
    proved_by: Mapped[int | None] = mapped_column(ForeignKey("factor.id", ondelete="SET NULL"))
    browser_name: Mapped[str] = mapped_column(String(64), default="", server_default="")
    address: Mapped[str] = mapped_column(String(45), default="", server_default="")


class ServiceCode(Base):
    """An authorisation code, or a ticket to the browser door's host; each is spent once."""

    __tablename__ = "service_code"
    __table_args__ = (
        Index("ix_service_code_expires_at", "expires_at"),
        Index("ix_service_code_account_id", "account_id"),
        Index("ix_service_code_session_id", "session_id"),  # or each deleted session reads all codes
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    family: Mapped[str] = mapped_column(String(22))
    """Of all tokens that come from it, which end when it is used twice."""
    kind: Mapped[str] = mapped_column(String(8))
    """code or ticket."""
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]
    redirect_uri: Mapped[str] = mapped_column(String(512), default="")
    scope: Mapped[str] = mapped_column(String(128), default="")
    nonce: Mapped[str] = mapped_column(String(512), default="")
    code_challenge: Mapped[str] = mapped_column(String(128), default="")
    state_hash: Mapped[str] = mapped_column(String(64), default="")
    """Of the cookie that the browser door's host gave before: a ticket works only beside it."""
    path: Mapped[str] = mapped_column(String(2048), default="")
    """Where a ticket leads on its host."""


class ServiceToken(Base):
    """An access or a refresh token of an app."""

    __tablename__ = "service_token"
    __table_args__ = (
        Index("ix_service_token_family", "family"),
        Index("ix_service_token_expires_at", "expires_at"),
        Index("ix_service_token_service_session_id", "service_session_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(String(22), unique=True)
    """The public half; the other half is a MAC, so that a read database opens nothing."""
    kind: Mapped[str] = mapped_column(String(8))
    """access or refresh."""
    family: Mapped[str] = mapped_column(String(22))
    service_session_id: Mapped[int] = mapped_column(ForeignKey("service_session.id", ondelete="CASCADE"))
    offline: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True when the person consented that it outlives the service session (offline_access)."""
    scope: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]
    """When a refresh token was exchanged."""
    successor: Mapped[str | None] = mapped_column(String(22))
    """The handle of the refresh token that it was exchanged for."""
    revoked_at: Mapped[datetime | None]


class ServiceRequest(Base):
    """A person's way to a service, kept while they sign in, prove something or consent."""

    __tablename__ = "service_request"
    __table_args__ = (
        Index("ix_service_request_expires_at", "expires_at"),
        Index("ix_service_request_session_id", "session_id"),
    )

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    """Random; it stands in the path of each of its pages."""
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    """authorize (an app's request) or enter (the browser door's)."""
    browser_hash: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The only browser that may go on with it; "" until that has come with its cookies."""
    session_id: Mapped[int | None] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    """The session that consented."""
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The request's parameters, at most 8 KiB; they count, and not what a browser brings back later."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    consented_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    """When the person went back to the app: it is spent then."""
    cancelled: Mapped[bool] = mapped_column(default=False, server_default=false())


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request's row as plain values."""

    id: str
    service_id: int
    kind: str
    browser_hash: str
    session_id: int | None
    values: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    consented_at: datetime | None
    done_at: datetime | None
    cancelled: bool
