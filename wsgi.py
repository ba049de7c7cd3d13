"""``gunicorn wsgi:app``, from a checkout."""

from trustweb.wsgi import app

__all__ = ["app"]
