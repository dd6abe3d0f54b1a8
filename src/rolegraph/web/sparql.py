"""The SPARQL endpoint, `/sparql`."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rolegraph.protocol import parse_fields, parse_request
from rolegraph.web.responses import answer_query, prefers_html

blueprint = Blueprint("sparql", __name__)


@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response | AnyResponse:
    """Answer a SPARQL Protocol request; a browser that brings no query gets the query page."""
    query_string = request.query_string.decode("latin-1")
    is_visit = request.method in {"GET", "HEAD"} and not parse_fields(query_string)
    if is_visit and prefers_html():
        return redirect(url_for("pages.query_page"), 303)
    operation = parse_request(
        request.method, query_string, request.headers.get("Content-Type", ""), request.get_data(cache=False)
    )
    return answer_query(operation)
