"""The static files, compressed once. Their URLs contain a hash of the content, so that browsers cache them for ever."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, abort, request

from trustweb.web.base.guards import stage

bp = Blueprint("assets", __name__)
FOLDER = Path(__file__).parents[2] / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}
NAMES = frozenset(path.name for path in FOLDER.iterdir() if path.suffix in TYPES)

# Scripts that are sent as one file: each file is one more request on everybody's first page.
TOGETHER = {"trustweb.js": ("trustweb.js", "passkeys.js")}


# Depends on the file, as it was when it was first read.
@lru_cache(maxsize=64)
def _load(name: str) -> tuple[bytes, bytes, str]:
    data = b"\n".join((FOLDER / part).read_bytes() for part in TOGETHER.get(name, (name,)))
    return data, gzip.compress(data, 9, mtime=0), hashlib.sha256(data).hexdigest()[:12]


def url(name: str) -> str:
    """Return the URL path of a static file, with the hash of its content."""
    return f"/static/{_load(name)[2]}/{name}"


@bp.get("/static/<version>/<name>")
@stage("anonymous")
def asset(version: str, name: str) -> Response:
    if name not in NAMES:
        abort(404)
    data, packed, current = _load(name)
    response = Response(data, content_type=f"{TYPES[Path(name).suffix]}; charset=utf-8")
    if request.accept_encodings["gzip"]:
        response.set_data(packed)
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    # An old page may ask for an old version. It gets the current one, which must not be cached under the old URL.
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if version == current else "no-cache"
    return response


@bp.get("/service-worker.js")
@stage("anonymous")
def service_worker() -> Response:
    """Serve the script that shows notifications; at the root, since it controls only pages below its own path."""
    response = asset("", "service-worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response
