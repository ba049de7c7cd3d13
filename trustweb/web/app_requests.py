"""Requests of apps' servers and of apps in a browser: what is read of them, and how they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Response, jsonify, request

from trustweb.services import listing
from trustweb.web.base.visitors import reading

LARGEST = 16 * 1024
FORM = "application/x-www-form-urlencoded"


def answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """Answer with JSON that nobody stores."""
    response = jsonify(body)
    response.status_code = status
    response.headers.update(headers)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


def open_to_all(body: Mapping[str, Any]) -> Response:
    """Answer with JSON that is the same for everybody, and that pages of any site may read."""
    response = jsonify(body)
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def open_to_apps(response: Response, client_id: str | None) -> Response:
    """Let the pages of an app without a secret read the answer; before it is known which, those of any such app.

    No cookie counts where this is used, so a page learns nothing but what its app's own token is good for.
    """
    response.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin", "")
    if origin and _is_an_apps(origin, client_id):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response.headers["Access-Control-Max-Age"] = "300"
    return response


def _is_an_apps(origin: str, client_id: str | None) -> bool:
    apps = [each for each in listing.every(reading()) if each.oidc and each.public]
    mine = [each for each in apps if client_id in {None, each.client_id}]
    return any(origin == _origin(uri) for each in mine for uri in each.redirect_uris)


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"https", "http"} else ""
