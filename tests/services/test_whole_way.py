"""An app's whole way: it sends a person to sign in, exchanges the code, and asks who they are."""

from __future__ import annotations

import jwt

from tests.support.kit import ALICE, MOBILE, PASSWORD, Kit
from tests.support.openid import EXCHANGE, userinfo, web
from tests.support.relying_party import CALLBACK, SECRET, App, add_service, prove
from trustweb.models import ServiceSession


def whole_way(kit: Kit, app: App, **other: str) -> dict[str, str]:
    visitor = app.send(kit.visitor(), **other).submit("Sign In", account=ALICE, password=PASSWORD)
    code = app.told(prove(kit, visitor))["code"]
    who = {"client_id": app.client_id, "client_secret": SECRET}
    form = EXCHANGE | who | {"code": code, "redirect_uri": CALLBACK, "code_verifier": app.verifier}
    answer = web(kit, "/token", "POST", data=form)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def test_an_app_learns_who_signed_in_and_how(kit: Kit) -> None:
    add_service(kit, needs="two-factor")
    kit.account(ALICE, numbers=(MOBILE,))

    tokens = whole_way(kit, App(), scope="openid email", nonce="n-1")

    told = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert (told["aud"], told["nonce"], told["acr"]) == ("photos-client", "n-1", "two-factor")
    assert (told["amr"], told["auth_time"]) == (["pwd", "otp", "sms", "mfa"], int(kit.clock.now.timestamp()))
    assert userinfo(kit, tokens["access_token"]).json == {"sub": told["sub"], "email": ALICE, "email_verified": False}


def test_the_person_s_own_browser_is_stored_and_not_the_app_s_server(kit: Kit) -> None:
    add_service(kit)
    kit.account(ALICE, numbers=(MOBILE,))
    whole_way(kit, App())

    with kit.core.database.reading() as work:
        row = work.db.query(ServiceSession).one()
        assert (row.browser_name, row.address) == ("Chrome, Linux", "127.0.0.1")
