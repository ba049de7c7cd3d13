"""``/.well-known/…``: where apps find our addresses, and the keys that sign what they are told."""

from __future__ import annotations

from flask import Blueprint, Response

from trustweb.services import id_tokens, people, policy, signing_keys
from trustweb.services.app_request import SCOPES
from trustweb.web import app_requests
from trustweb.web.base.guards import stage
from trustweb.web.base.site import core

bp = Blueprint("discovery", __name__, url_prefix="/.well-known")
_SECRETS = ["client_secret_basic", "client_secret_post"]
_SAME = {
    "response_types_supported": ["code"],
    "response_modes_supported": ["query"],
    "grant_types_supported": ["authorization_code", "refresh_token"],
    "subject_types_supported": ["pairwise"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "token_endpoint_auth_methods_supported": [*_SECRETS, "none"],
    "revocation_endpoint_auth_methods_supported": [*_SECRETS, "none"],
    "introspection_endpoint_auth_methods_supported": _SECRETS,
    "code_challenge_methods_supported": ["S256"],
    "scopes_supported": list(SCOPES),
    "claims_supported": [*people.CLAIMS, *id_tokens.CLAIMS],
    "acr_values_supported": list(policy.NEEDS),
    "prompt_values_supported": ["none", "login", "consent"],
    "claims_parameter_supported": True,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
    "authorization_response_iss_parameter_supported": True,
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
}
_ADDRESSES = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "jwks_uri": "/.well-known/jwks.json",
    "revocation_endpoint": "/revoke",
    "introspection_endpoint": "/introspect",
    "end_session_endpoint": "/end-session",
}


@bp.get("/openid-configuration")
@stage("anonymous")
def configuration() -> Response:
    issuer = core().config.origin
    addresses = {name: f"{issuer}{path}" for name, path in _ADDRESSES.items()}
    return app_requests.open_to_all({"issuer": issuer, **addresses, **_SAME})


@bp.get("/jwks.json")
@stage("anonymous")
def keys() -> Response:
    """Publish the public keys. Several for a while, when the operator changed the key."""
    return app_requests.open_to_all({"keys": signing_keys.published(core().database)})
