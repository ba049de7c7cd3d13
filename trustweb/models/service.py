"""Services behind the account, who may use them, and the groups of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base


class Service(Base):
    """A service that people reach with their account, with up to three doors."""

    __tablename__ = "service"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(32), unique=True)
    """Its name in commands, addresses and the MACs of app-specific passwords; it never changes."""
    title: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The name that people read; "" for the name itself."""
    created_at: Mapped[datetime]
    oidc: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The door for apps that speak OpenID Connect."""
    browser: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The door for sites that speak nothing: their proxy asks."""
    program: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The door for programs, with app-specific passwords."""
    needs: Mapped[str] = mapped_column(String(16), default="password", server_default="password")
    """The least proof of those who come in: password, two-factor or passkey."""
    within: Mapped[int | None]
    """Seconds: whoever comes in has given a real proof not longer ago."""
    groups: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    """The groups whose members may come in; empty: everybody."""
    user_is: Mapped[str] = mapped_column(String(8), default="id", server_default="id")
    """What proxies are told as the user: ``id``, the account's random one at this service, or ``name``."""
    asks_consent: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True for an app that is not the operator's own: people are asked before it hears who they are."""
    client_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    public: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True for an app that cannot keep a secret, such as one on a phone."""
    pkce: Mapped[str] = mapped_column(String(8), default="required", server_default="required")
    """required or optional."""
    secret_mac: Mapped[str | None] = mapped_column(String(97))
    older_secret_mac: Mapped[str | None] = mapped_column(String(97))
    """The secret before the newest, which is valid beside it until the operator drops it."""
    redirect_uris: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    logout_redirect_uris: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    """Where an app may send people after it signed them out here (post_logout_redirect_uris)."""
    logout_uri: Mapped[str | None] = mapped_column(String(512))
    """Where the app hears that a sign-in has ended (back-channel logout)."""
    origin: Mapped[str | None] = mapped_column(String(255), unique=True)
    """The scheme, host and port of the browser door's site."""
    read_by: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    """The names of services that may ask what this one's tokens are (introspection)."""


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service's row as plain values."""

    id: int
    name: str
    title: str
    oidc: bool
    browser: bool
    program: bool
    needs: str
    within: int | None
    groups: list[str]
    user_is: str
    asks_consent: bool
    client_id: str | None
    public: bool
    pkce: str
    secret_mac: str | None
    older_secret_mac: str | None
    redirect_uris: list[str]
    logout_redirect_uris: list[str]
    logout_uri: str | None
    origin: str | None
    read_by: list[str]

    @property
    def shown(self) -> str:
        """The name that people read."""
        return self.title or self.name


class ServiceAccess(Base):
    """An account's row for a service that it came to once: its id there, and its consent."""

    __tablename__ = "service_access"
    __table_args__ = (UniqueConstraint("account_id", "service_id"), Index("ix_service_access_service_id", "service_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    sub: Mapped[str] = mapped_column(String(43), unique=True)
    """The account's id at this service: random, and never given to another account."""
    created_at: Mapped[datetime]
    scopes: Mapped[str] = mapped_column(String(128), default="", server_default="")
    """The scopes that the person consented to, separated by blanks."""
    consented_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    last_address: Mapped[str] = mapped_column(String(45), default="", server_default="")
    last_browser: Mapped[str] = mapped_column(String(64), default="", server_default="")


@dataclass(frozen=True, slots=True)
class AccessView:
    """An account's row for a service as plain values."""

    id: int
    account_id: int
    service_id: int
    sub: str
    scopes: str
    consented_at: datetime | None


class AccountGroup(Base):
    """The membership of an account in a group."""

    __tablename__ = "account_group"
    __table_args__ = (Index("ix_account_group_name", "name"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
