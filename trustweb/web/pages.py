"""The registration of all pages, and of what surrounds them, on the app."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from htmx_flask import Htmx
from jinja2 import BytecodeCache

from trustweb.config import Config
from trustweb.core import Core
from trustweb.keys import KeyRing
from trustweb.web import (
    account,
    account_recovery,
    app_passwords,
    authorize,
    basic,
    discovery,
    end_session,
    enter,
    forward,
    health,
    held_sign_in,
    invitations,
    journal,
    kinds,
    lockout,
    not_me,
    notifications,
    password_reset,
    passwords,
    prompts,
    receipts,
    recovery,
    registration,
    security,
    service_requests,
    services,
    sign_in,
    step_up,
    token,
    two_factor,
    userinfo,
)
from trustweb.web.base import assets, compiled, errors, forwarded, guards, hashing, session_cookie, visitors, words
from trustweb.web.base.app import App
from trustweb.web.base.session_cookie import SessionCookie

VIEW_MODULES = (
    assets,
    health,
    sign_in,
    end_session,
    held_sign_in,
    invitations,
    security,
    two_factor,
    services,
    app_passwords,
    notifications,
    prompts,
    journal,
    lockout,
    not_me,
    step_up,
    passwords,
    password_reset,
    recovery,
    account_recovery,
    account,
    registration,
    receipts,
    authorize,
    service_requests,
    discovery,
    token,
    userinfo,
    enter,
)


def make(config: Config, code: BytecodeCache) -> App:
    """Make the app without a site: its views, and templates in whose compilation their URLs are resolved."""
    app = App(config, code)
    for bp in (*(module.bp for module in VIEW_MODULES), *(kind.bp for kind in kinds.KINDS.values())):
        app.register_blueprint(bp)
    words.register(app)
    kinds.equip(app.jinja_env)
    return app


def compile_templates(config: Config, keys: KeyRing) -> None:
    """Compile all templates, and store the result for the web processes."""
    stamped, code = compiled.stamp(), compiled.Compiled(keep=True)
    environment = make(config, code).jinja_env
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)
    compiled.save(config, keys, code, stamped)


def register(app: Flask, core: Core) -> None:
    """Register the pages and what surrounds them on the app."""
    config = core.config
    app.extensions["trustweb"] = core
    secrets = [key.hex() for key in core.keys.subkeys("forms")]
    app.config.update(
        SECRET_KEY=secrets[0],
        SECRET_KEY_FALLBACKS=secrets[1:],
        MAX_CONTENT_LENGTH=64 * 1024,
        MAX_FORM_PARTS=100,
        WTF_CSRF_TIME_LIMIT=None,  # valid as long as the browser's session
        WTF_CSRF_SSL_STRICT=False,  # our check of Sec-Fetch-Site and Origin replaces that of the Referer
        WTF_CSRF_CHECK_DEFAULT=False,  # each form checks its own token, and is shown again when that is stale
    )
    prompts.answer_polls(app, core)
    basic.answer_proxies(app, core)
    forward.answer_proxies(app, core)
    guards.add_security_headers(app, config)
    forwarded.register(app, config)
    app.session_interface = SessionCookie(session_cookie.name_for(config), core.keys)
    Htmx(app)
    CSRFProtect(app)
    visitors.register(app)
    guards.register(app)
    hashing.register(app)
    errors.register(app)
    authorize.register(app)
    service_requests.register(app)
    for transport in core.transports:
        if (pages := transport.pages()) is not None:
            guards.declare_all(pages, "anonymous")
            app.register_blueprint(pages, url_prefix=f"/{transport.name}")
    app.jinja_env.globals["push_key"] = core.routes.notifier.subscribe_key() if core.routes.notifier else ""
    guards.check_every_view(app)
