"""The app for WSGI servers: ``gunicorn trustweb.wsgi:app``."""

from __future__ import annotations

import sys

from trustweb import create_app
from trustweb.config_values import ConfigError

try:
    app = create_app()
except ConfigError as error:
    sys.stderr.write(f"trustweb: {error}\n")
    # 3 is gunicorn's word for: this will not get better, do not start another worker.
    raise SystemExit(3) from None
