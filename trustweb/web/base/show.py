"""One way to answer: the whole page, or for HTMX only the piece that changed."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for

from trustweb.web.base.refusals import retry_after


def show(page: str, fragment: str | None = None, *, status: int = 200, **values: Any) -> Response:
    """Render the page, or the fragment when HTMX asks for a piece of it.

    The page includes the fragment, so the two cannot differ.
    """
    piece = fragment is not None and wants_fragment()
    response = Response(render_template(fragment if piece and fragment else page, piece=piece, **values), status)
    if status in {429, 503}:
        response.headers["Retry-After"] = str(retry_after(values.get("refused")))
    if fragment is not None:
        response.headers.add("Vary", "HX-Request")
    if piece and status >= 400:
        # A refusal stays where the person is: reloading the form's own address would post nothing.
        response.headers["HX-Push-Url"] = "false"
    return response


def see_other(endpoint: str, **values: Any) -> Response:
    """Send the browser to another page, as after every form that was taken: reloading that does nothing again."""
    return Response(status=303, headers={"Location": url_for(endpoint, **values)})


def wants_fragment() -> bool:
    headers = request.headers
    return bool(
        headers.get("HX-Request") and not headers.get("HX-Boosted") and not headers.get("HX-History-Restore-Request")
    )
