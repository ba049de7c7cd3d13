"""The app for WSGI servers: ``gunicorn trustweb.wsgi:app``."""

from __future__ import annotations

import gc
import sys

gc.disable()  # what a start makes, it keeps: to look through it for garbage takes a seventh of the start
from trustweb import create_app  # noqa: E402
from trustweb.faults import EXPECTED, sentence  # noqa: E402

try:
    app = create_app()
except EXPECTED as error:
    sys.stderr.write(f"trustweb: {sentence(error)}\n")
    # gunicorn takes 3 (WORKER_BOOT_ERROR) for a fault that lasts, and starts no further worker.
    raise SystemExit(3) from None
# All objects that exist now live as long as the process: exclude them from garbage collection.
gc.freeze()
gc.set_threshold(10_000, 20, 20)
gc.enable()
