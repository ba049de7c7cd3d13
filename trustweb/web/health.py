"""Health checks for load balancers: this process answers and reaches its database, and can write to it."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from trustweb import faults
from trustweb.models import Site
from trustweb.web.base.guards import stage
from trustweb.web.base.site import core

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@stage("anonymous")
def healthz() -> ResponseReturnValue:
    try:
        with core().database.reading() as work:
            work.db.scalar(select(Site.id))
    except faults.DATABASE:
        return jsonify(status="the database does not answer"), 503
    return jsonify(status="ok")


@bp.get("/readyz")
@stage("anonymous")
def readyz() -> ResponseReturnValue:
    problem = core().readiness.problem()
    return jsonify(status=problem or "ok"), 503 if problem else 200
