"""The answers of views: a whole page, for HTMX the fragment that changed, or a redirect."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for

from trustweb.web.base.refusals import retry_after


def show(page: str, fragment: str | None = None, *, status: int = 200, **values: Any) -> Response:
    """Render the page, or only the fragment for a request by HTMX.

    The page includes the fragment, so the two cannot differ.
    """
    piece = fragment is not None and wants_fragment()
    response = Response(render_template(fragment if piece and fragment else page, piece=piece, **values), status)
    if status in {429, 503}:
        response.headers["Retry-After"] = str(retry_after(values.get("refused")))
    if fragment is not None:
        response.headers.add("Vary", "HX-Request")
    if piece and status >= 400:
        # The browser keeps its address after a refusal: a reload of the form's own would not post again.
        response.headers["HX-Push-Url"] = "false"
    return response


def see_other(endpoint: str, **values: Any) -> Response:
    """Redirect with 303, as after every accepted form, so that a reload does not submit the form again."""
    return Response(status=303, headers={"Location": url_for(endpoint, **values)})


def wants_fragment() -> bool:
    """Return True if HTMX will put the answer into a page that is already there."""
    headers = request.headers
    return bool(
        headers.get("HX-Request") and not headers.get("HX-Boosted") and not headers.get("HX-History-Restore-Request")
    )
