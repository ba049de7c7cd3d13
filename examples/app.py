"""A small app that people enter with their Trustweb account, and that Trustweb can sign them out of."""

import os
import secrets

from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, redirect, render_template, request, session, url_for
from joserfc import errors, jwt
from joserfc.jwk import KeySet

ISSUER, CLIENT_ID, SECRET = (os.environ[name] for name in ("TRUSTWEB_ISSUER", "CLIENT_ID", "CLIENT_SECRET"))
DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"
ASKS = {"scope": "openid profile email groups", "code_challenge_method": "S256"}
SAYS = {"iss": ISSUER, "aud": CLIENT_ID, "events": {"http://schemas.openid.net/event/backchannel-logout": {}}}
RULES = {name: {"essential": True, "value": value} for name, value in SAYS.items()}
LOGOUT = jwt.JWTClaimsRegistry(**RULES, exp={"essential": True}, sid={"essential": True})
SIGNED_IN: dict[str, dict] = {}  # here and not in the cookie, so that they can be ended from elsewhere

app = Flask(__name__, template_folder=".")
app.config.update(SECRET_KEY=secrets.token_bytes(32), SESSION_COOKIE_NAME="example", SESSION_COOKIE_SAMESITE="Lax")
app.register_error_handler(OAuthError, lambda refused: (render_template("app.html", error=refused.error), 400))
app.register_error_handler(errors.JoseError, lambda refused: ("", 400))
trustweb = OAuth(app).register(
    "trustweb", client_id=CLIENT_ID, client_secret=SECRET, server_metadata_url=DISCOVERY, client_kwargs=ASKS
)


@app.get("/")
def home():
    return render_template("app.html", person=SIGNED_IN.get(session.get("id")))


@app.get("/sign-in")
def sign_in():
    return trustweb.authorize_redirect(url_for("callback", _external=True))


@app.get("/callback")
def callback():
    token, session["id"] = trustweb.authorize_access_token(), secrets.token_urlsafe()
    SIGNED_IN[session["id"]] = {**token["userinfo"], **trustweb.userinfo(token=token), "hint": token["id_token"]}
    return redirect(url_for("home"), 303)


@app.post("/sign-out")
def sign_out():
    hint = SIGNED_IN.pop(session.pop("id", None), {}).get("hint")
    return redirect(trustweb.create_logout_url(url_for("home", _external=True), hint, client_id=CLIENT_ID)["url"], 303)


@app.post("/signed-out-elsewhere")
def signed_out_elsewhere():
    token = jwt.decode(request.form["logout_token"], KeySet.import_key_set(trustweb.fetch_jwk_set(True)), ["RS256"])
    LOGOUT.validate(token.claims)
    for ended in [each for each, person in SIGNED_IN.items() if person["sid"] == token.claims["sid"]]:
        SIGNED_IN.pop(ended, None)
    return "", 200, {"Cache-Control": "no-store"}


app.run(port=int(os.environ.get("PORT", "5000")))
