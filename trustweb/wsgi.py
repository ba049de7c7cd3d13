"""The app for WSGI servers: ``gunicorn trustweb.wsgi:app``."""

from __future__ import annotations

import gc
import sys

from trustweb import create_app
from trustweb.faults import EXPECTED, sentence

try:
    app = create_app()
except EXPECTED as error:
    sys.stderr.write(f"trustweb: {sentence(error)}\n")
    # 3 is gunicorn's word for: this will not get better, do not start another worker.
    raise SystemExit(3) from None
# What is there now stays as long as the process: the collector need not look through it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
