"""Exports in JSON in, the facts that they hold out."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from pathlib import Path
from typing import Any

from export_facts import Facts, add_texts, kind_of, say
from export_graphs import KIND_OF_CLASS, ROLE, TAXA

PARTS = ("ceterms:hasTask", *(f"ceasn:{name}Embodied" for name in ("skill", "knowledge", "ability")))
"""The properties by which a job has its parts."""


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read_schema_org(path: Path) -> Facts:
    """schema.org."""
    found: Facts = defaultdict(set)
    for item in _json(path)["@graph"]:
        if item["@type"] == "Dataset":
            said = (("name", item["name"]), ("publisher", item["publisher"]["name"]))
            found["about"] = {*said, ("licence", item["license"])}
        if item["@type"] != "Occupation":
            continue
        code = item["identifier"]
        assert item["@id"] == ROLE + code
        found["role"].add((code,))
        found["title"].add((code, "", item["name"]))
        say(found, "summary", code, "", item.get("description"))
        found["other title"].update((code, "en", label) for label in item.get("alternateName", ()))
        found["classified"].update((code, c["url"]) for c in item.get("occupationalCategory", ()))
        for skill in item.get("skills", ()):
            found["use"].add((code, skill["@id"]))
            found["named"].add((code, kind_of(skill["@id"]), "", "", skill["name"]))
        found["duty"].update((code, label) for label in item.get("responsibilities", ()))
        qualifications = item.get("qualifications", ())
        found["named"].update((code, "qualification", "", "", label) for label in qualifications)
    return found


def read_case(path: Path) -> Facts:
    """1EdTech CASE; the identifiers are those of the addresses."""
    package, found = _json(path), defaultdict(set)
    document = package["CFDocument"]
    found["about"] = {
        ("name", document["title"]), ("publisher", document["publisher"]),
        ("licence", package["CFDefinitions"]["CFLicenses"][0]["licenseText"]),
    }  # fmt: skip
    for item in package["CFItems"]:
        assert item["identifier"] == str(uuid.uuid5(uuid.NAMESPACE_URL, item["uri"]))
        if item["CFItemType"] == "Role":
            _case_role(item, found)
        elif item["uri"].startswith(TAXA):
            found["taxon"].add((item["uri"], item["language"], item["fullStatement"]))
        elif "/component/" in item["uri"]:
            _case_component(item, found)
    ends: dict[str, list[tuple[str, str, Any]]] = defaultdict(list)
    for link in package["CFAssociations"]:
        origin, target = link["originNodeURI"]["uri"], link["destinationNodeURI"]["uri"]
        ends[link["associationType"]].append((origin, target, link))
    above = {origin: target for origin, target, _ in ends["isChildOf"]}
    for (code,) in found["role"]:
        specialisation = above[ROLE + code]
        family = above[specialisation]
        found["place"].add((code, family.rpartition("/")[2], specialisation.rpartition("/")[2]))
    found["same"] = {(origin, target) for origin, target, _ in ends["exactMatchOf"]}
    for origin, target, _ in ends["replacedBy"]:
        found["once"].add((origin.removeprefix(ROLE), "replaced_by", target.removeprefix(ROLE)))
    places: dict[tuple[str, str], int] = defaultdict(int)
    for origin, target, link in sorted(ends["isPartOf"], key=lambda part: part[2]["sequenceNumber"]):
        code, kind = target.removeprefix(ROLE), kind_of(origin)
        places[code, kind] += 1
        found["use"].add((code, origin))
        found["order"].add((code, kind, places[code, kind], origin))
        found["named"].add((code, kind, origin, "", link["originNodeURI"]["title"]))
    return found


def _case_role(item: Any, found: Facts) -> None:
    code = item["humanCodingScheme"]
    assert item["uri"] == ROLE + code
    found["role"].add((code,))
    found["title"].add((code, item["language"], item["fullStatement"]))
    say(found, "summary", code, "", item.get("notes"))
    found["level"].update((code, level) for level in item["educationLevel"])
    found["other title"].update((code, "en", label) for label in _others(item))


def _case_component(item: Any, found: Facts) -> None:
    iri = item["uri"]
    found["component"].add((iri, KIND_OF_CLASS[item["CFItemType"]]))
    found["label"].add((iri, item["language"], item["fullStatement"]))
    found["spelling"].update((iri, "en", label) for label in _others(item))
    say(found, "definition", iri, "", item.get("notes"))


def _others(item: Any) -> list[str]:
    parts = item.get("alternativeLabel", "").split("; ")
    return [part.strip() for part in parts if part.strip()]


def read_ctdl(path: Path) -> Facts:
    """CTDL and CTDL-ASN."""
    found: Facts = defaultdict(set)
    items = _json(path)["@graph"]
    for item in items:
        kind, iri = item["@type"], item["@id"]
        if kind == "ceasn:CompetencyFramework":
            found["about"] = {
                ("name", item["ceasn:name"]["en"]), ("publisher", item["ceasn:publisherName"]["en"]),
                ("licence", item["ceasn:license"]),
            }  # fmt: skip
        elif kind == "ceasn:Competency":
            found["component"].add((iri, item["ceasn:competencyCategory"]["en"]))
            add_texts(found, "label", (iri,), item["ceasn:competencyLabel"])
        elif kind == "ceterms:Task":
            found["component"].add((iri, "task"))
            add_texts(found, "label", (iri,), item["ceterms:name"])
        elif kind == "ceterms:Job":
            code = item["ceterms:codedNotation"]
            found["role"].add((code,))
            add_texts(found, "title", (code,), item["ceterms:name"])
            add_texts(found, "summary", (code,), item.get("ceterms:description"))
            for tag, labels in item.get("ceterms:alternateName", {}).items():
                found["other title"].update((code, tag, label) for label in labels)
            found["use"].update((code, part) for name in PARTS for part in item.get(name, ()))
            found["classified"].update(
                (code, a["ceterms:targetNode"]) for a in item.get("ceterms:occupationType", ())
            )
            say(found, "once", code, "version", item.get("ceterms:versionCode"))
    return found
