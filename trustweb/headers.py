"""The security headers of every response: from pages, from WSGI middleware, and from the server itself."""

from __future__ import annotations

from trustweb.config import Config

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "worker-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
NO_STORE = ("Cache-Control", "no-store")


def always(config: Config) -> list[tuple[str, str]]:
    """Return the headers of every response, with HSTS on a site with https."""
    more = {"Strict-Transport-Security": "max-age=31536000"} if config.secure else {}
    return list((HEADERS | more).items())
