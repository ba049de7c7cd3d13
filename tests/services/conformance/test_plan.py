"""The modules of OpenID's Basic OP plan (oidcc-basic-certification-test-plan): each has its test here."""

from __future__ import annotations

import re
from pathlib import Path

MODULES = """
oidcc-server
oidcc-response-type-missing
oidcc-idtoken-signature
oidcc-idtoken-unsigned
oidcc-userinfo-get
oidcc-userinfo-post-header
oidcc-userinfo-post-body
oidcc-ensure-request-without-nonce-succeeds-for-code-flow
oidcc-scope-profile
oidcc-scope-email
oidcc-scope-address
oidcc-scope-phone
oidcc-scope-all
oidcc-alternate-happy-flow
oidcc-display-page
oidcc-display-popup
oidcc-prompt-login
oidcc-prompt-none-not-logged-in
oidcc-prompt-none-logged-in
oidcc-max-age-1
oidcc-max-age-10000
oidcc-ensure-request-with-unknown-parameter-succeeds
oidcc-id-token-hint
oidcc-login-hint
oidcc-ui-locales
oidcc-claims-locales
oidcc-ensure-request-with-acr-values-succeeds
oidcc-codereuse
oidcc-codereuse-30seconds
oidcc-ensure-registered-redirect-uri
oidcc-ensure-post-request-succeeds
oidcc-server-client-secret-post
oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported
oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported
oidcc-claims-essential
oidcc-ensure-request-object-with-redirect-uri
oidcc-refresh-token
oidcc-ensure-request-with-valid-pkce-succeeds
"""


def test_each_module_of_the_plan_has_its_test() -> None:
    here = Path(__file__).parent.glob("test_basic_*.py")
    tests = [name for path in here for name in re.findall(r"^def test_(oidcc_\w+)", path.read_text(), re.MULTILINE)]

    assert len(MODULES.split()) == 38
    assert sorted(tests) == sorted(MODULES.replace("-", "_").split())
