"""The query page works without a script, escapes what it shows, and says what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
import zstandard
from flask.testing import FlaskClient

from rolegraph.describe.facts import ServiceFacts
from rolegraph.endpoint.pool import Pool, PoolOptions
from rolegraph.service.service import Service
from rolegraph.snapshot import Snapshot
from rolegraph.web.app import create_app
from rolegraph.web.pages import MAX_ROWS, shorten

NASTY = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Collects what a test asks about: elements with their attributes, and the text of the table."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.area = ""
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._open and self._open[-1] == "textarea":
            self.area += data

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def links(self) -> list[str]:
        return [attributes["href"] or "" for attributes in self.all("a")]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder = tmp_path_factory.mktemp("snapshot")
    graph = "<http://e/graph/g>"
    lines = [f'<http://e/s{n}> <http://e/p> "value {n}"@en {graph} .\n' for n in range(MAX_ROWS + 5)]
    lines.append(f'<http://e/nasty> <http://e/q> "{NASTY}" {graph} .\n')
    dump = folder / "graph.nq.zst"
    dump.write_bytes(zstandard.compress("".join(lines).encode()))
    pool = Pool(Snapshot("0123456789abcdef", folder, {"graphs": {"g": 10}}), PoolOptions(memory_mb=256))
    facts = ServiceFacts(
        endpoint="",
        title="Roles & <b>more</b>",
        base_iri="http://e/",
    )
    rights = ("Some are <b>theirs</b>.", "So they say.")
    yield create_app(Service(pool, facts, rights=lambda: rights)).test_client()
    pool.close()


def test_the_page_shows_what_others_want_said_with_their_data(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "<p>Some are &lt;b&gt;theirs&lt;/b&gt;.</p>" in page
    assert "<p>So they say.</p>" in page


def visit(client: FlaskClient, path: str = "/", status: int = 200, **query: str) -> Page:
    response = client.get(path, query_string=query)
    assert response.status_code == status
    assert response.content_type == "text/html; charset=utf-8"
    return Page(response.text)


def test_the_form_is_plain_and_labelled(client: FlaskClient) -> None:
    page = visit(client)
    assert {"method": "get", "action": "/"}.items() <= page.all("form")[0].items()
    assert page.all("textarea")[0]["name"] == "query"
    assert page.all("label")[0]["for"] == page.all("textarea")[0]["id"]
    assert page.all("a")[0]["href"] == "#main"
    assert page.all("html")[0]["lang"] == "en"


def test_nothing_comes_from_another_host(client: FlaskClient) -> None:
    page = visit(client, query="SELECT * { ?s ?p ?o } LIMIT 3")
    for _, attributes in page.elements:
        for name in ("src", "href", "action"):
            assert not urlsplit(attributes.get(name) or "").netloc


def test_every_link_leads_somewhere(client: FlaskClient) -> None:
    for page in (visit(client), visit(client, query="SELECT * { ?s ?p ?o } LIMIT 3")):
        targets = {link for link in page.links() if not link.startswith("#")}
        targets |= {element["href"] or "" for element in page.all("link")}
        targets |= {element["src"] or "" for element in page.all("script") + page.all("img")}
        assert len(targets) > 20
        for target in targets:
            with client.get(target) as response:
                assert response.status_code == 200, target


def test_an_example_fills_the_form_and_is_marked(client: FlaskClient) -> None:
    page = visit(client, example="roles-by-skill")
    assert "# title: " in page.area
    marked = [link for link in page.all("a") if link.get("aria-current")]
    assert [link["href"] for link in marked] == ["/?example=roles-by-skill"]


def test_an_example_runs_when_it_is_sent(client: FlaskClient) -> None:
    assert "Nothing in the graph matches." in "".join(visit(client, query=visit(client).area).text)


def test_results_are_a_table_whose_iris_can_be_followed(client: FlaskClient) -> None:
    page = visit(client, query="SELECT ?s ?o ?none { ?s <http://e/q> ?o }")
    assert len(page.all("th")) == 3
    (link,) = [link for link in page.all("a") if link.get("title") == "http://e/nasty"]
    assert parse_qs(urlsplit(link["href"] or "").query)["query"] == ["DESCRIBE <http://e/nasty>"]
    assert "1 row" in page.text


def test_what_is_shown_is_escaped(client: FlaskClient) -> None:
    for query in ("SELECT * { ?s <http://e/q> ?o }", NASTY, f"SELECT ('{NASTY}' AS ?x) {{}}"):
        response = client.get("/", query_string={"query": query})
        assert NASTY not in response.text
        assert "&lt;script&gt;" in response.text
        assert "Roles &amp; &lt;b&gt;more" in response.text


def test_a_long_result_is_cut_and_the_page_says_so(client: FlaskClient) -> None:
    page = visit(client, query="SELECT * { ?s ?p ?o }")
    assert len(page.all("tr")) == MAX_ROWS + 1
    assert "The page shows the first 1,000 rows; a download holds all of them." in page.text


def test_downloads_hold_the_whole_result(client: FlaskClient) -> None:
    page = visit(client, query="SELECT * { ?s ?p ?o }")
    downloads = [link["href"] or "" for link in page.all("a") if "download" in link]
    assert len(downloads) == 4
    (csv,) = [link for link in downloads if "format=csv" in link]
    assert client.get(csv).text.count("\r\n") == MAX_ROWS + 7


@pytest.mark.parametrize(
    ("query", "shown", "formats"),
    [
        ("ASK { ?s ?p ?o }", "yes", {"json", "xml"}),
        ("ASK { ?s ?s ?s }", "no", {"json", "xml"}),
        ("DESCRIBE <http://e/nasty>", "1 row", {"ttl", "nt", "jsonld", "rdf", "trig", "nq"}),
    ],
)
def test_each_kind_of_result_has_its_view(
    client: FlaskClient, query: str, shown: str, formats: set[str]
) -> None:
    page = visit(client, query=query)
    assert shown in page.text
    downloads = [parse_qs(urlsplit(link["href"] or "").query) for link in page.all("a") if "download" in link]
    assert {download["format"][0] for download in downloads} == formats


@pytest.mark.parametrize(("query", "status"), [("SELECT", 400), ("ASK { SERVICE <http://e/> {} }", 403)])
def test_a_refused_query_stays_in_the_form_beside_the_reason(
    client: FlaskClient, query: str, status: int
) -> None:
    page = visit(client, query=query, status=status)
    assert page.area.strip() == query
    assert "The query could not run" in page.text
    assert any(section.get("role") == "alert" for section in page.all("section"))


def test_a_leading_newline_of_the_query_is_kept(client: FlaskClient) -> None:
    """HTML drops the first newline of a text area, so the page writes one of its own."""
    assert "\n\n\nASK {}" in client.get("/", query_string={"query": "\n\nASK {}"}).text


@pytest.mark.parametrize(
    ("iri", "short"),
    [
        ("https://w3id.org/rolegraph/level/P5", "level:P5"),
        ("https://w3id.org/rolegraph/concept/review-accepted", "rgc:review-accepted"),
        ("http://www.w3.org/2004/02/skos/core#Concept", "skos:Concept"),
        ("http://e/role/A.B.P1#use-x", "role/A.B.P1#use-x"),
        ("http://e/", "http://e/"),
        ("http://other/x", "http://other/x"),
    ],
)
def test_iris_are_shortened_where_nothing_is_lost(iri: str, short: str) -> None:
    assert shorten(iri, "http://e/") == short
