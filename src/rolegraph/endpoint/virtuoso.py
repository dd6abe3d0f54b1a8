"""Asks Virtuoso for what its replies do not say, and refuses graphs that it may have cut."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import pyoxigraph as ox

from rolegraph.endpoint.store_http import StoreClient
from rolegraph.endpoint.upstream_query import outer_limit
from rolegraph.errors import UpstreamFailure
from rolegraph.results import SOLUTIONS

SERVER: Final = "Virtuoso/"
"""How its Server header begins."""
_MAX_ROWS: Final = "ResultSetMaxRows"
_SETTINGS_BYTES: Final = 64 * 1024


def refuse_cut_graph(client: StoreClient, query: str, deadline: float) -> None:
    """Let the graph of a query pass only if the store is sure to have made it from all solutions.

    ResultSetMaxRows bounds the solutions that CONSTRUCT and DESCRIBE make their graph of. A header
    tells of it with rows, but not with graphs.

    Raises:
        UpstreamFailure: the graph may be cut, or the store does not tell.
        QueryTimeout: the deadline on the monotonic clock passed first.
    """
    max_rows = _max_rows(client, deadline)
    limit = outer_limit(query)
    if max_rows and (limit is None or limit >= max_rows):
        raise UpstreamFailure(
            f"{client.address.shown} makes a graph of at most {max_rows} solutions and does not say whether "
            f"there are more: take {_MAX_ROWS} out of its virtuoso.ini, or write a LIMIT below it"
        )


def _max_rows(client: StoreClient, deadline: float) -> int:
    """What Virtuoso says of its own settings (`/sparql?ini`); 0 for no limit."""
    exchange = client.exchange(deadline)
    try:
        response = exchange.send("GET", b"", {"Accept": SOLUTIONS[0].media_type}, parameters="ini=")
        body = exchange.read_all(_SETTINGS_BYTES)
    finally:
        exchange.finish()
    try:
        rows = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
        if response.status != HTTPStatus.OK or isinstance(rows, ox.QueryBoolean):
            raise ValueError(f"status {response.status}")
        settings = {row["p"].value.rpartition("#")[2]: row["o"].value for row in rows}
        return int(settings.get(_MAX_ROWS, "0"))
    except (SyntaxError, ValueError, KeyError, AttributeError) as error:
        raise UpstreamFailure(f"{client.address.shown} does not tell its {_MAX_ROWS}: {error}") from error
