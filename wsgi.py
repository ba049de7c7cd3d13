"""``gunicorn wsgi:app``, from a checkout."""

from trustweb import create_app

app = create_app()
