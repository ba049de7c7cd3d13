"""Our grants and endpoints, as the library asks for them. Imported at the first request of a service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Request,
    TokenMixin,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oidc.core import OpenIDCode

from trustweb.models import ServiceView
from trustweb.services import codes, exchanges, id_tokens, people, tokens
from trustweb.services.codes import CodeView
from trustweb.services.exchanges import Granted
from trustweb.services.signing_keys import Signer
from trustweb.services.tokens import TokenView
from trustweb.work import Work

# mypy knows nothing of the library, so its classes are Any: each of ours says so.


@dataclass(slots=True)
class Client:
    """A service as the library's client, which has given its secret."""

    service: ServiceView
    signer: Signer | None = None

    def get_client_id(self) -> str | None:
        return self.service.client_id

    def check_grant_type(self, _name: str) -> bool:
        return True


class Request(OAuth2Request):  # type: ignore[misc]
    """A request whose parameters are those of its body alone, with the transaction that it is answered in."""

    def __init__(self, form: dict[str, str]) -> None:
        # The library wants https or localhost; which addresses a site may have, its settings decide.
        super().__init__("POST", "https://localhost")
        self.payload = BasicOAuth2Payload(form)
        self._form = form
        self.client: Client
        self.at: datetime
        self.work: Work
        self.afterwards: list[Callable[[], object]] = []
        """What is done after the commit."""

    @property
    def form(self) -> dict[str, str]:
        return self._form


@dataclass(slots=True)
class _Code(AuthorizationCodeMixin):  # type: ignore[misc]
    row: CodeView
    code_challenge: str = field(init=False)

    def __post_init__(self) -> None:
        self.code_challenge = self.row.code_challenge

    def get_redirect_uri(self) -> str:
        return self.row.redirect_uri

    def get_scope(self) -> str:
        return self.row.scope


@dataclass(slots=True)
class _Refresh(TokenMixin):  # type: ignore[misc]
    row: TokenView
    service_id: int

    def check_client(self, client: Client) -> bool:
        return client.service.id == self.service_id

    def get_scope(self) -> str:
        return self.row.scope


class _Ours:
    request: Request

    def authenticate_token_endpoint_client(self) -> Client:
        return self.request.client

    def generate_token(self, user: Granted, scope: str, **_more: object) -> dict[str, str | int]:
        return exchanges.issue(self.request.work, user, scope)

    def save_token(self, token: object) -> None:
        """Do nothing: it was stored when it was made."""


class CodeGrant(_Ours, AuthorizationCodeGrant):  # type: ignore[misc]
    """The exchange of a code, which is spent before any token is made."""

    def query_authorization_code(self, code: str, client: Client) -> _Code | None:
        row = codes.find(self.request.work, code)
        return _Code(row) if row is not None and row.service_id == client.service.id else None

    def authenticate_user(self, authorization_code: _Code) -> Granted:
        granted = exchanges.by_code(self.request.work, self.request.client.service, authorization_code.row)
        if granted is None:
            raise InvalidGrantError("The code was used, is over, or its person may not use the service now.")
        return granted

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        """Do nothing: it is spent, and kept to notice a second use."""


class RefreshGrant(_Ours, RefreshTokenGrant):  # type: ignore[misc]
    """The exchange of a refresh token, which is spent before its successor is made."""

    def authenticate_refresh_token(self, refresh_token: str) -> _Refresh | None:
        found = tokens.find(self.request.work, refresh_token)
        return _Refresh(found[0], found[1]) if found is not None and found[0].kind == tokens.REFRESH else None

    def authenticate_user(self, refresh_token: _Refresh) -> Granted:
        granted = exchanges.by_refresh(self.request.work, self.request.client.service, refresh_token.row)
        if granted is None:
            raise InvalidGrantError("The token was used, is over, or its person may not use the service now.")
        return granted

    def revoke_old_credential(self, refresh_token: _Refresh) -> None:
        """Do nothing: it is spent, and kept to notice a second use."""


class Pkce(CodeChallenge):  # type: ignore[misc]
    """PKCE with S256, which a service has to use unless its row says otherwise."""

    def validate_code_verifier(self, grant: CodeGrant, result: object) -> None:
        if not grant.request.authorization_code.code_challenge and grant.client.service.pkce == "required":
            raise InvalidGrantError("The code was asked for without PKCE.")
        super().validate_code_verifier(grant, result)

    def get_authorization_code_challenge_method(self, authorization_code: _Code) -> str:
        return "S256"


class IdToken(OpenIDCode):  # type: ignore[misc]
    """The ID token, signed after the commit: other writers do not wait for it."""

    def process_token(self, grant: CodeGrant | RefreshGrant, response: tuple[Any, ...]) -> None:
        grant.request.afterwards.append(partial(super().process_token, grant, response))

    def get_compatible_claims(self, request: Request) -> dict[str, Any]:
        return id_tokens.claims(request.work.config.origin, request.user.standing, request.at)

    def get_authorization_code_claims(self, authorization_code: _Code) -> dict[str, Any]:
        return {"nonce": authorization_code.row.nonce} if authorization_code.row.nonce else {}

    def generate_user_info(self, user: Granted, scope: str) -> dict[str, Any]:
        return {}

    def get_client_algorithm(self, client: Client) -> str:
        return id_tokens.ALGORITHM

    def get_encode_header(self, client: Client) -> dict[str, str]:
        assert client.signer
        return id_tokens.header(client.signer)

    def resolve_client_private_key(self, client: Client) -> Any:
        assert client.signer
        return client.signer.key


def _token_of(request: Request) -> str:
    """Return the token that a request is about. An unknown hint of its kind changes nothing (RFC 7009, 2.2)."""
    if not (text := request.form.get("token")):
        raise InvalidRequestError("The parameter token is missing.")
    return text


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """Revocation (RFC 7009). A token of another service is as unknown as one that never was."""

    def authenticate_endpoint_client(self, request: Request) -> Client:
        return request.client

    def authenticate_token(self, request: Request, client: Client) -> TokenView | None:
        found = tokens.find(request.work, _token_of(request))
        return found[0] if found is not None and found[1] == client.service.id else None

    def revoke_token(self, token: TokenView, request: Request) -> None:
        tokens.revoke(request.work, token)


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    """Introspection (RFC 7662), for the service of a token and for those that it names."""

    def authenticate_endpoint_client(self, request: Request) -> Client:
        return request.client

    def authenticate_token(self, request: Request, client: Client) -> dict[str, Any] | None:
        found = tokens.look(request.work, _token_of(request))
        return None if found is None else people.introspected(request.work, found, client.service)

    def create_introspection_payload(self, token: dict[str, Any] | None) -> dict[str, Any]:
        return {"active": False} if token is None else {"active": True} | token
