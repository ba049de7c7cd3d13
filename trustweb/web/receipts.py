"""The webhooks with which carriers report the state of a message."""

from __future__ import annotations

import logging

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from trustweb.delivery import receipts
from trustweb.transports import ReceiptForged, Webhook
from trustweb.web.base.guards import stage
from trustweb.web.base.site import core

bp = Blueprint("receipts", __name__)
log = logging.getLogger(__name__)
_LARGEST = 16 * 1024


@bp.post("/receipts/<transport>")
@stage("anonymous", any_origin=True)
def receive(transport: str) -> ResponseReturnValue:
    here = core()
    if transport not in here.routes:
        abort(404)
    webhook = _read()
    try:
        read = here.routes[transport].read_receipt(webhook)
    except ReceiptForged as error:
        log.warning("forged receipt: %s", error, extra={"transport": transport})
        abort(401)
    try:
        for receipt in read:
            with here.database.writing() as work:
                receipts.apply(work, transport, receipt)
    except receipts.UnknownMessage:
        abort(404)
    return "", 204


def _read() -> Webhook:
    request.max_content_length = _LARGEST  # holds for chunked bodies without a length too; more is answered 413
    body = request.get_data(cache=True, parse_form_data=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Webhook(headers, body, request.form.to_dict(), request.args.to_dict())
