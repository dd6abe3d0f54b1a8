"""The OpenAPI document is valid, and says of each address what the server does there."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from rolegraph.describe.facts import ServiceFacts
from rolegraph.describe.openapi import _VALUES, build_openapi
from rolegraph.errors import QueryError
from rolegraph.query import UNDEF, NamedQuery, bind, list_queries, parse_query
from rolegraph.results import GRAPHS, SOLUTIONS, TRIPLES

FACTS = ServiceFacts(
    endpoint="http://127.0.0.1:8000/sparql",
    title="Sample catalog",
    software_version="0.1.0",
    licence="https://creativecommons.org/licenses/by/4.0/",
)
KINDS = {
    "read-only": {},
    "read-only with tokens": {"needs_token_for_reads": True},
    "writable": {"is_writable": True},
    "writable without tokens": {"is_writable": True, "needs_token_for_writes": False},
    "all with tokens": {"is_writable": True, "needs_token_for_reads": True},
    "in plain words": {"licence": "All rights reserved", "software_version": ""},
}
METHODS = ("get", "head", "put", "post", "delete")


def document(**changes: Any) -> dict[str, Any]:
    return build_openapi(dataclasses.replace(FACTS, **changes), list_queries())


def operations(found: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in found["paths"].items():
        for method, operation in item.items():
            assert method in METHODS
            yield path, method, operation


def response(found: dict[str, Any], operation: dict[str, Any], status: str) -> dict[str, Any]:
    entry: dict[str, Any] = operation["responses"][status]
    name = entry.get("$ref", "").removeprefix("#/components/responses/")
    resolved: dict[str, Any] = found["components"]["responses"][name] if name else entry
    return resolved


@pytest.mark.parametrize("kind", KINDS)
def test_document_is_valid_openapi(kind: str) -> None:
    OpenAPIV31SpecValidator(document(**KINDS[kind])).validate()


@pytest.mark.parametrize("kind", KINDS)
def test_document_is_plain_json_and_the_same_each_time(kind: str) -> None:
    first = json.dumps(document(**KINDS[kind]))
    assert first == json.dumps(document(**KINDS[kind]))
    assert json.loads(first) == document(**KINDS[kind])


def test_every_address_is_described() -> None:
    found = document(is_writable=True)
    fixed = {
        "/sparql",
        "/graphs",
        "/graphs/{name}",
        "/.well-known/void",
        "/healthz",
        "/metrics",
        "/openapi.json",
    }
    assert set(found["paths"]) == fixed | {f"/query/{query.name}" for query in list_queries()}
    for path, item in found["paths"].items():
        assert set(item) >= {"get", "head"}, path
    assert set(found["paths"]["/graphs"]) == set(METHODS)
    assert found["servers"] == [{"url": "http://127.0.0.1:8000"}]


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document(is_writable=True))]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("kind", KINDS)
def test_every_response_has_the_request_id_and_every_failure_the_one_body(kind: str) -> None:
    found = document(**KINDS[kind])
    for path, method, operation in operations(found):
        for status in operation["responses"]:
            entry = response(found, operation, status)
            assert "X-Request-Id" in entry["headers"], (path, method, status)
            if method == "head":
                assert "content" not in entry
            elif int(status) >= 400 and path != "/healthz":
                assert "application/problem+json" in entry["content"], (path, method, status)


def test_no_operation_owns_up_to_a_status_500() -> None:
    for _, _, operation in operations(document(is_writable=True)):
        assert "500" not in operation["responses"]
        assert "405" in operation["responses"]


def test_busy_says_when_to_come_back_and_a_refused_method_what_else() -> None:
    responses = document()["components"]["responses"]
    assert "Retry-After" in responses["503"]["headers"]
    assert "Allow" in responses["405"]["headers"]
    assert "WWW-Authenticate" in responses["401"]["headers"]


@pytest.mark.parametrize("query", list_queries(), ids=lambda query: query.name)
def test_a_named_query_has_its_real_parameters(query: NamedQuery) -> None:
    parameters = document()["paths"][f"/query/{query.name}"]["get"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == [param.name for param in query.params] + [
        "format"
    ]
    required = {param.name: ["1"] for param in query.params if param.default is None}
    for param, found in zip(query.params, parameters, strict=False):
        assert found["required"] == (param.default is None)
        assert found["description"] == param.description
        assert (found["schema"]["type"], found["style"], found["explode"]) == ("array", "form", True)
        has_default = param.default not in {None, UNDEF}
        assert ("default" in found["schema"]) == has_default
        if has_default:
            (default,) = found["schema"]["default"]
            jsonschema.validate(default, found["schema"]["items"])
            assert bind(query, required | {param.name: [str(default)]})


def test_a_named_query_offers_the_formats_of_its_form() -> None:
    queries = [
        parse_query(text, name) for name, text in (("a", "ASK {}"), ("c", "CONSTRUCT WHERE { ?s ?p ?o }"))
    ]
    paths = build_openapi(FACTS, queries)["paths"]
    ask, construct = (paths[f"/query/{name}"]["get"] for name in "ac")
    assert set(ask["responses"]["200"]["content"]) == {fmt.media_type for fmt in SOLUTIONS}
    assert set(construct["responses"]["200"]["content"]) == {fmt.media_type for fmt in GRAPHS}
    assert construct["parameters"][0]["schema"]["enum"] == [*(fmt.extension for fmt in GRAPHS), ""]


def test_a_parameter_called_format_is_the_querys_own() -> None:
    text = "# title: F\n# param format: string = csv — a format\nSELECT * { VALUES ?format { 'csv' } }"
    (path,) = (
        path
        for name, path in build_openapi(FACTS, [parse_query(text, "f")])["paths"].items()
        if "query" in name
    )
    assert [parameter["description"] for parameter in path["get"]["parameters"]] == ["a format"]


@pytest.mark.parametrize("kind", [kind for kind in _VALUES if kind != "integer"])
@given(data=st.data())
def test_what_the_document_allows_is_a_value_of_that_type(kind: str, data: st.DataObject) -> None:
    query = parse_query(f"# title: T\n# param p: {kind} — it\nSELECT * {{ VALUES ?p {{ UNDEF }} }}", "t")
    schema = _VALUES[kind]
    value = data.draw(
        st.from_regex(schema.get("pattern", r"(?s)\A.+\Z"), alphabet=st.characters(codec="utf-8"))
    )
    # ECMA-262's `$` is the end; Python's also stands before a last line break.
    value = value.removesuffix("\n") if schema.get("pattern", "").endswith("$") else value
    assert bind(query, {"p": [value]})


@pytest.mark.parametrize(
    ("kind", "value"),
    [("code", ""), ("code", "a b"), ("string", ""), ("text", " \t\x1c\x85"), ("decimal", "1e5"),
     ("decimal", "."), ("iri", "relative"), ("iri", "a:<>"), ("integer", 1.5), ("integer", "x")],
)  # fmt: skip
def test_what_the_document_excludes_is_refused(kind: str, value: Any) -> None:
    query = parse_query(f"# title: T\n# param p: {kind} — it\nSELECT * {{ VALUES ?p {{ UNDEF }} }}", "t")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, _VALUES[kind])
    with pytest.raises(QueryError):
        bind(query, {"p": [str(value)]})


def test_a_read_only_server_refuses_writes_in_their_place() -> None:
    found = document()
    for method in ("put", "post", "delete"):
        operation = found["paths"]["/graphs"][method]
        assert not [status for status in operation["responses"] if status.startswith("2")]
        assert "403" in operation["responses"]
    bodies = found["paths"]["/sparql"]["post"]["requestBody"]["content"]
    assert set(bodies) == {"application/x-www-form-urlencoded", "application/sparql-query"}


def test_a_writable_server_takes_updates_and_graphs() -> None:
    found = document(is_writable=True)
    post = found["paths"]["/sparql"]["post"]
    assert "application/sparql-update" in post["requestBody"]["content"]
    assert "204" in post["responses"]
    put = found["paths"]["/graphs"]["put"]
    assert {"201", "204"} <= set(put["responses"])
    types = {fmt.media_type for fmt in TRIPLES} | {"multipart/form-data"}
    assert set(put["requestBody"]["content"]) == types


def test_tokens_are_asked_for_where_the_server_asks_for_them() -> None:
    bearer = [{"bearer": []}]
    open_reads = document(is_writable=True)
    assert open_reads["security"] == []
    assert open_reads["paths"]["/graphs"]["put"]["security"] == bearer
    assert open_reads["paths"]["/sparql"]["post"]["security"] == [{}, *bearer]
    assert "401" not in open_reads["paths"]["/sparql"]["get"]["responses"]
    guarded = document(is_writable=True, needs_token_for_reads=True)
    assert guarded["security"] == bearer
    assert "security" not in guarded["paths"]["/sparql"]["post"]
    assert "401" in guarded["paths"]["/sparql"]["get"]["responses"]
    for path in ("/healthz", "/openapi.json"):
        assert guarded["paths"][path]["get"]["security"] == []
    assert (
        "security" not in document(is_writable=True, needs_token_for_writes=False)["paths"]["/graphs"]["put"]
    )


def test_examples_fit_their_schemas() -> None:
    found = document(is_writable=True)
    for path, _, operation in operations(found):
        for media_type, body in operation.get("requestBody", {}).get("content", {}).items():
            if "example" in body:
                schema = {**body["schema"], "components": found["components"]}
                jsonschema.Draft202012Validator(schema).validate(body["example"])
            else:
                assert media_type == "multipart/form-data", path


@pytest.mark.parametrize(
    ("results", "is_good"),
    [
        ({"head": {}, "boolean": True}, True),
        ({"head": {"vars": ["a"]}, "results": {"bindings": [{"a": {"type": "uri", "value": "a:b"}}]}}, True),
        ({"head": {"vars": []}}, False),
        ({"head": {}, "boolean": True, "results": {"bindings": []}}, False),
        ({"head": {"vars": ["a"]}, "results": {"bindings": [{"a": {"type": "uri"}}]}}, False),
    ],
)
def test_the_schema_of_results_tells_good_from_bad(results: Any, is_good: bool) -> None:
    schema = document()["components"]["schemas"]["Results"]
    assert jsonschema.Draft202012Validator(schema).is_valid(results) == is_good


def test_patterns_are_those_of_json_schema() -> None:
    """ECMA-262 has no inline flags, no \\A and no \\Z (JSON Schema 2020-12, section 6.4)."""
    text = json.dumps(document(is_writable=True))
    for pattern in re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', text):
        assert "(?" not in pattern
        assert "\\A" not in pattern
