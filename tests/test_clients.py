"""The clients that people use read this server's answers: SPARQLWrapper, rdflib, pandas, Comunica."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlencode

import pandas as pd
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from SPARQLWrapper import CSV, GET, JSON, JSONLD, N3, POST, RDFXML, TSV, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, Unauthorized

import rolegraph
from rolegraph.library import Rows
from servers import Server, make_catalog, start, stop

COMUNICA: Final = "@comunica/query-sparql@4.5.0"
"""Newer releases need a newer Node.js than distributions ship."""
RG = rdflib.Namespace("https://w3id.org/rolegraph/ns#")
SELECT = f"""PREFIX rg: <{RG}> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?code ?title ?rank WHERE {{
  ?role a rg:Role ; skos:notation ?code ; skos:prefLabel ?title ; rg:level/rg:rank ?rank .
  FILTER(LANG(?title) = "en")
}} ORDER BY ?code"""
CONSTRUCT = f"CONSTRUCT WHERE {{ ?role a <{RG}Role> ; <{RG}level> ?level }}"
# Both are said by libraries of the client's own: SPARQLWrapper 2.0 reads graphs as rdflib did before 7.
OLD_RDFLIB = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def server(sample_catalog: Path) -> Iterator[Server]:
    server = start(sample_catalog, "--workers", "2", "--timeout-s", "60")
    yield server
    stop(server)


@pytest.fixture(scope="module")
def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/sparql"


@pytest.fixture(scope="module")
def expected(sample_catalog: Path) -> list[tuple[Any, ...]]:
    """The rows of SELECT, without a server in between."""
    with rolegraph.open(sample_catalog) as graph:
        rows = graph.query(SELECT)
        assert isinstance(rows, Rows)
        found = [tuple(row.values()) for row in rows]
    assert len(found) >= 20
    return found


def wrapper(url: str, query: str, form: str, method: str = GET, *, only_accept: bool = False) -> Any:
    """A query as SPARQLWrapper sends it; unless told otherwise, it names the format in the URL as well."""
    client = SPARQLWrapper(url)
    client.setQuery(query)
    client.setReturnFormat(form)
    client.setMethod(method)
    client.setOnlyConneg(only_accept)
    return client.query().convert()


ONLY_ACCEPT = pytest.mark.parametrize("only_accept", [False, True], ids=["format-in-url", "accept"])


@ONLY_ACCEPT
@pytest.mark.parametrize("method", [GET, POST])
def test_sparqlwrapper_reads_rows_as_json(
    url: str, expected: list[tuple[Any, ...]], method: str, *, only_accept: bool
) -> None:
    answer = wrapper(url, SELECT, JSON, method, only_accept=only_accept)
    rows = [{name: term["value"] for name, term in row.items()} for row in answer["results"]["bindings"]]
    assert [(row["code"], row["title"], float(row["rank"])) for row in rows] == expected


@ONLY_ACCEPT
def test_sparqlwrapper_reads_rows_as_xml(
    url: str, expected: list[tuple[Any, ...]], *, only_accept: bool
) -> None:
    document = wrapper(url, SELECT, XML, only_accept=only_accept)
    assert len(document.getElementsByTagName("result")) == len(expected)


@ONLY_ACCEPT
@pytest.mark.parametrize(("form", "first_line"), [(CSV, b"code,title,rank"), (TSV, b"?code\t?title\t?rank")])
def test_sparqlwrapper_reads_rows_as_text(
    url: str, expected: list[tuple[Any, ...]], form: str, first_line: bytes, *, only_accept: bool
) -> None:
    lines = wrapper(url, SELECT, form, only_accept=only_accept).splitlines()
    assert lines[0] == first_line
    assert len(lines) == 1 + len(expected)


@ONLY_ACCEPT
def test_sparqlwrapper_reads_a_boolean(url: str, *, only_accept: bool) -> None:
    assert wrapper(url, f"ASK {{ ?s a <{RG}Role> }}", JSON, only_accept=only_accept)["boolean"] is True


@OLD_RDFLIB
@ONLY_ACCEPT
@pytest.mark.parametrize("form", [TURTLE, N3, RDFXML, JSONLD, XML])
def test_sparqlwrapper_reads_a_graph(
    url: str, expected: list[tuple[Any, ...]], form: str, *, only_accept: bool
) -> None:
    answer = wrapper(url, CONSTRUCT, form, only_accept=only_accept)
    # It hands Turtle over as bytes, and parses the rest.
    graph = rdflib.Graph().parse(data=answer, format="turtle") if isinstance(answer, bytes) else answer
    assert len(set(graph.subjects(rdflib.RDF.type, RG.Role))) == len(expected)


def test_sparqlwrapper_hears_what_is_wrong_with_a_query(url: str) -> None:
    with pytest.raises(QueryBadFormed, match="error at 1:"):
        wrapper(url, "SELECT {", JSON)


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_store_answers_queries(url: str, expected: list[tuple[Any, ...]], method: str) -> None:
    graph = rdflib.Graph(SPARQLStore(url, method=method))
    rows = [(str(code), str(title), float(rank)) for code, title, rank in graph.query(SELECT)]  # type: ignore[misc]  # rows, as the query selects
    assert rows == expected
    assert graph.query(f"ASK {{ ?s a <{RG}Role> }}").askAnswer is True
    triples = graph.query(CONSTRUCT).graph
    assert triples is not None
    assert len(set(triples.subjects(RG.level))) == len(expected)


def test_rdflib_store_is_read_like_a_graph(url: str, expected: list[tuple[Any, ...]]) -> None:
    graph = rdflib.Graph(SPARQLStore(url))
    roles = set(graph.subjects(rdflib.RDF.type, RG.Role))
    assert len(roles) == len(expected)
    assert (next(iter(roles)), rdflib.RDF.type, RG.Role) in graph
    assert (next(iter(roles)), rdflib.RDF.type, RG.Level) not in graph


def test_rdflib_store_sees_one_named_graph(url: str, sample_catalog: Path) -> None:
    snapshot = rolegraph.open(sample_catalog).snapshot
    mappings = rdflib.URIRef(f"{snapshot.base_iri}graph/mappings")
    assert len(rdflib.Graph(SPARQLStore(url), identifier=mappings)) == snapshot.manifest["graphs"]["mappings"]
    assert len(rdflib.Graph(SPARQLStore(url))) == snapshot.quads


def test_pandas_reads_a_query_by_its_address(url: str, expected: list[tuple[Any, ...]]) -> None:
    frame = pd.read_csv(f"{url}?{urlencode({'query': SELECT, 'format': 'csv'})}")
    assert list(frame.itertuples(index=False, name=None)) == expected


def test_pandas_reads_a_named_query_by_its_address(server: Server, sample_catalog: Path) -> None:
    frame = pd.read_csv(f"http://127.0.0.1:{server.port}/query/ladder?family=SRES&format=csv")
    rows = rolegraph.open(sample_catalog).query("ladder", family="SRES")
    assert isinstance(rows, Rows)
    assert frame["role"].tolist() == [row["role"] for row in rows]


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server that takes writes, and a token for it."""
    folder = tmp_path_factory.mktemp("writable")
    file = folder / "tokens"
    command = [sys.executable, "-m", "rolegraph", "token", "tests", "--token-file", str(file)]
    token = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    server = start(make_catalog(folder), "--writable", "--token-file", str(file))
    yield f"http://127.0.0.1:{server.port}/sparql", token
    stop(server)


E = rdflib.Namespace("http://e/")


def test_rdflib_store_reads_what_it_wrote(writable: tuple[str, str]) -> None:
    url, token = writable
    store = SPARQLUpdateStore(url, url, headers={"Authorization": f"Bearer {token}"})
    graph = rdflib.Graph(store, identifier=E["graph/of-rdflib"])
    triple = E.a, E.b, rdflib.Literal("ü", lang="de")
    graph.add(triple)
    assert list(graph) == [triple]
    graph.update("DELETE { ?a ?b ?c } INSERT { ?a ?b 2 } WHERE { ?a ?b ?c }")
    assert list(graph) == [(E.a, E.b, rdflib.Literal(2))]
    graph.remove((E.a, None, None))
    assert not list(graph)


def update_by_sparqlwrapper(url: str, update: str, token: str | None) -> None:
    client = SPARQLWrapper(url)
    client.setMethod(POST)
    client.setQuery(update)
    if token is not None:
        client.addCustomHttpHeader("Authorization", f"Bearer {token}")
    client.query()


def test_sparqlwrapper_updates_with_a_token_only(writable: tuple[str, str]) -> None:
    url, token = writable
    update = f"INSERT DATA {{ GRAPH <{E}graph/of-wrapper> {{ <{E}a> <{E}b> 1 }} }}"
    ask = f"ASK {{ GRAPH <{E}graph/of-wrapper> {{ ?s ?p ?o }} }}"
    with pytest.raises(Unauthorized):
        update_by_sparqlwrapper(url, update, None)
    assert wrapper(url, ask, JSON)["boolean"] is False
    update_by_sparqlwrapper(url, update, token)
    assert wrapper(url, ask, JSON)["boolean"] is True


def unavailable(reason: str) -> NoReturn:
    if os.environ.get("ROLEGRAPH_REQUIRE_SERVERS"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def comunica(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Comunica's command, installed from npm; ROLEGRAPH_COMUNICA names a folder that keeps it."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        unavailable("Node.js and npm are not installed")
    kept = os.environ.get("ROLEGRAPH_COMUNICA")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("comunica")
    command = folder / "node_modules" / ".bin" / "comunica-sparql"
    if not command.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
        install = [npm, "install", *quiet, COMUNICA]
        try:
            done = subprocess.run(
                install, cwd=folder, capture_output=True, text=True, timeout=180, check=False
            )
        except subprocess.TimeoutExpired:
            unavailable(f"npm did not install {COMUNICA} in time")
        if done.returncode != 0:
            unavailable(f"npm cannot install {COMUNICA}: {done.stderr.strip()}")
    return command


def run_comunica(command: Path, url: str, query: str, media_type: str) -> str:
    arguments = [str(command), f"sparql@{url}", "-q", query, "-t", media_type]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_comunica_reads_rows(comunica: Path, url: str, expected: list[tuple[Any, ...]]) -> None:
    answer = json.loads(run_comunica(comunica, url, SELECT, "application/sparql-results+json"))
    rows = [{name: term["value"] for name, term in row.items()} for row in answer["results"]["bindings"]]
    assert [(row["code"], row["title"], float(row["rank"])) for row in rows] == expected


def test_comunica_reads_a_graph(comunica: Path, url: str, expected: list[tuple[Any, ...]]) -> None:
    graph = rdflib.Graph().parse(data=run_comunica(comunica, url, CONSTRUCT, "text/turtle"), format="turtle")
    assert len(set(graph.subjects(rdflib.RDF.type, RG.Role))) == len(expected)
