"""The forms. Each checks its own CSRF token; with a stale one it is shown again with everything that was typed.

A form family is the random value in a browser's session cookie that its CSRF tokens sign. It is there before anybody
has signed in, and a sign-in begins a new one.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import Any, Self, cast

from flask import current_app, g, request, session
from flask_wtf import FlaskForm
from itsdangerous import Serializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import Length


def family() -> str:
    """Return the form family of this browser, and begin one if it has none."""
    if "csrf_token" not in session:
        begin_family()
    return str(session["csrf_token"])


def begin_family() -> None:
    """Begin a new form family, as at every sign-in: a page that was left open here must not act for somebody else.

    At once, since the next page would otherwise have to set the cookie.
    """
    session["csrf_token"] = secrets.token_hex(20)


def csrf_token() -> str:
    """Return the CSRF token of this browser's form family, in Flask-WTF's format."""
    return _signed(str(current_app.secret_key), family())


def field() -> Markup:
    """Return the hidden field with the CSRF token, which is made once per page."""
    here = g._get_current_object()
    if "csrf_field" not in here:
        here.csrf_field = Markup('<input type="hidden" name="csrf_token" value="%s">') % csrf_token()
    return cast("Markup", here.csrf_field)


class _Signer(URLSafeTimedSerializer):
    """Flask-WTF's signer without compression: trying to compress a short token takes as long as a query."""

    def dump_payload(self, obj: Any) -> bytes:
        return base64_encode(Serializer.dump_payload(self, obj))


# Depends on the key and the form family, which are its arguments. Only we make families, since a cookie that has one is
# signed; so nobody else can fill this cache.
@lru_cache(maxsize=256)
def _signed(secret: str, family: str) -> str:
    return str(_Signer(secret, "wtf-csrf-token").dumps(family))


def _typed() -> MultiDict[str, str]:
    """Return the posted values without NUL characters: nobody types them, and PostgreSQL refuses them."""
    if not any("\0" in value for value in request.form.values()):
        return request.form
    return MultiDict([(name, value.replace("\0", "")) for name, value in request.form.items(multi=True)])


class _Csrf(FlaskForm.Meta.csrf_class):  # type: ignore[misc]
    def generate_csrf_token(self, csrf_token_field: Any) -> str:
        """Return no token, since pages write the field themselves (``field``), once for all their forms."""
        return ""


class Form(FlaskForm):  # type: ignore[misc]
    """A form with the posted values, or with those that step-up kept while a fresh proof was asked for."""

    def __init__(self, *, typed: bool = True, **values: Any) -> None:
        kept: MultiDict[str, str] | None = g.get("kept_form")
        if not typed:
            super().__init__(formdata=None, meta={"csrf": False}, **values)
        elif kept is not None:
            # The CSRF token was checked when the form was posted, and that of the proof's form just now.
            super().__init__(formdata=kept, meta={"csrf": False}, **values)
        else:
            super().__init__(formdata=_typed() if request.method == "POST" else None, **values)

    @classmethod
    def blank(cls) -> Self:
        """Return the form before anybody has typed. Nothing of the request is read for it."""
        return cls(typed=False)

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        csrf_class = _Csrf

        def get_translations(self, form: FlaskForm) -> None:
            """Return no translations: WTForms' own messages are never shown, and loading its catalogue is slow."""

    @property
    def stale(self) -> bool:
        return bool(self.errors.get("csrf_token"))

    @property
    def texts(self) -> dict[str, str]:
        """The typed values by field, without the CSRF token."""
        return {name: field.data or "" for name, field in self._fields.items() if name != "csrf_token"}


class Confirm(Form):
    """A form with nothing but a button."""


class Device(Form):
    device = StringField(validators=[Length(max=32)])


class SignIn(Form):
    account = StringField(validators=[Length(max=254)])
    password = PasswordField(validators=[Length(max=4096)])


class Code(Form):
    code = StringField(validators=[Length(max=640)])
    """The code, or the whole message that contains it."""


class SendCode(Form):
    number = StringField(validators=[Length(max=32)])
    method = StringField(validators=[Length(max=8)])
    seen = HiddenField(validators=[Length(max=64)])


class Seen(Form):
    """A form with the id of the object that its page showed, to recognise a page that is out of date."""

    seen = HiddenField(validators=[Length(max=64)])


class OnPaper(Form):
    typed = StringField(validators=[Length(max=256)])


class Number(Form):
    region = StringField(validators=[Length(max=3)])
    number = StringField(validators=[Length(max=256)])
    """The number: long enough for a tel: link, and for invisible characters that are pasted with a number."""
    label = StringField(validators=[Length(max=64)])
    method = StringField(validators=[Length(max=8)])
    accepted = HiddenField(validators=[Length(max=64)])
    accept = HiddenField(validators=[Length(max=16)])
    seen = HiddenField(validators=[Length(max=64)])


class ChangeNumber(Form):
    label = StringField(validators=[Length(max=64)])
    method = StringField(validators=[Length(max=8)])


class AppCode(Code):
    label = StringField(validators=[Length(max=64)])


class Rename(Form):
    label = StringField(validators=[Length(max=64)])


class AppPassword(Form):
    name = StringField(validators=[Length(max=64)])
    service = StringField(validators=[Length(max=32)])
    once = HiddenField(validators=[Length(max=64)])
    """The form's own random value: one form makes one password."""


class Passkey(Form):
    """A browser's answer of a WebAuthn ceremony, as JSON."""

    answer = HiddenField(validators=[Length(max=16384)])
    label = StringField(validators=[Length(max=64)])


class Push(Form):
    """A browser's push subscription, as JSON."""

    subscription = HiddenField(validators=[Length(max=4096)])


class Invitation(Form):
    account = StringField(validators=[Length(max=254)])
    password = PasswordField(validators=[Length(max=4096)])
    language = SelectField()
    time_zone = SelectField(validate_choice=False)
    country = StringField(validators=[Length(max=3)])


class Settings(Form):
    name = StringField(validators=[Length(max=64)])
    language = SelectField()
    time_zone = SelectField()


class Address(Form):
    address = StringField(validators=[Length(max=254)])


class ProvePassword(Form):
    password = PasswordField(validators=[Length(max=4096)])


class NewPassword(Form):
    new_password = PasswordField(validators=[Length(max=4096)])


class ResetWithKey(NewPassword):
    account = StringField(validators=[Length(max=254)])
    key = StringField(validators=[Length(max=128)])


class ChangePassword(Form):
    current_password = PasswordField(validators=[Length(max=4096)])
    new_password = PasswordField(validators=[Length(max=4096)])
