"""Exports in files of tables, JSON and roles in, the facts that they hold out.

Where rolegraph has an importer, that one reads; else csv, json and pyarrow do. No code of the writers is used.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

import exports
from export_facts import Facts, add_mapping, add_role, add_texts, kind_of
from export_graphs import KIND_OF_CLASS
from export_tables import Rows, read, roles_of
from rolegraph.errors import Problems
from rolegraph.iris import Iris, slug
from rolegraph.model.catalog import Mapping, Role
from rolegraph.sources.esco import read_esco
from rolegraph.sources.import_report import ImportReport
from rolegraph.sources.roles import RoleReader
from rolegraph.sources.sssom import parse_sssom

IRIS = Iris(exports.BASE)
ROLE = IRIS.role("")


def licence(folder: Path, name: str = "LICENSE.txt") -> Facts:
    """What the file of the licence says of the catalog."""
    title, publisher, terms, *_ = (folder / name).read_text(encoding="utf-8").split("\n\n")
    said = (
        ("name", title),
        ("publisher", publisher.removeprefix("Published by ").rstrip().removesuffix(".")),
        ("licence", terms.removeprefix("Licence: ").rstrip()),
    )
    found: Facts = defaultdict(set)
    found["about"].update(said)
    return found


def rows(path: Path, *, tabs: bool = False) -> Rows:
    """The rows of a table; one of O*NET has tabs and no quotes."""
    if tabs:
        header, *lines = (line.split("\t") for line in path.read_text(encoding="utf-8").split("\n")[:-1])
        return [dict(zip(header, line, strict=True)) for line in lines]
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# Roles and tidy tables


def read_role_files(folder: Path, location: str) -> list[Role]:
    """The roles that the importer makes of exported files."""
    problems = Problems()
    reader = RoleReader(IRIS, "en", frozenset(exports.LEVELS), problems)
    found = sorted(reader.read(folder, location), key=lambda role: role.code)
    problems.raise_errors()
    return [exports.without_places(role) for role in found]


def role_facts(roles: Iterable[Role], found: Facts) -> Facts:
    """Add what records of roles say."""
    for role in roles:
        add_role(found, role, IRIS)
    return found


def read_yaml(folder: Path) -> Facts:
    """Role files in YAML."""
    return role_facts(read_role_files(folder, "roles"), licence(folder))


def read_ndjson(folder: Path) -> Facts:
    """Role files as lines."""
    return role_facts(read_role_files(folder, "roles.ndjson"), licence(folder))


def read_csv(folder: Path) -> Facts:
    """Tidy tables in CSV."""
    return _tables(read(folder), folder)


def read_parquet(folder: Path) -> Facts:
    """Tidy tables in Parquet."""
    tables = {path.stem: pq.read_table(path).to_pylist() for path in folder.glob("*.parquet")}
    for table in tables.values():
        for row in table:
            dates = {name: str(value) for name, value in row.items() if hasattr(value, "isoformat")}
            row |= dates
    return _tables(tables, folder)


def _tables(tables: dict[str, Rows], folder: Path) -> Facts:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    found = role_facts(roles_of(tables, "en"), licence(folder))
    found["about"] |= {("name", package["title"]), ("licence", package["licenses"][0]["path"])}
    for row in tables["mappings"]:
        if row["role"] is None:
            named = {name: value for name, value in row.items() if value is not None}
            add_mapping(found, Mapping(**named))
    for row in tables["components"]:
        found["component"].add((row["iri"], row["kind"]))
    for row in tables["component_labels"]:
        kind = "label" if row["is_preferred"] else "spelling"
        found[kind].add((row["component"], row["language"], row["label"]))
    for row in tables["entry_texts"]:
        if row["field"] == "definition" and "/component/" in row["iri"]:
            found["definition"].add((row["iri"], row["language"], row["text"]))
    found["same"] = {(row["component"], row["same_as"]) for row in tables["same_as"]}
    for row in tables["adjacency"]:
        found["neighbour"].add((row["role"], row["neighbour"], row["position"]))
    return found


# ESCO, O*NET, SSSOM


def read_esco_csv(folder: Path) -> Facts:
    """ESCO's files, by the importer: what it says of each concept."""
    problems, report = Problems(), ImportReport()
    data = read_esco([folder], problems, report)
    problems.raise_errors()
    found = licence(folder)
    for iri, concept in data.concepts.items():
        one, many = concept.one, concept.many
        if concept.kind == "occupation":
            code = one["skos:notation", ""]
            assert iri == ROLE + code
            found["role"].add((code,))
            found["title"].add((code, "", one["skos:prefLabel", "en"]))
            if ("skos:definition", "en") in one:
                found["summary"].add((code, "", one["skos:definition", "en"]))
            for kind, name in (("other title", "skos:altLabel"), ("hidden title", "skos:hiddenLabel")):
                found[kind].update((code, "en", label) for label in many.get((name, "en"), ()))
            for name, predicate in (("status", "iso-thes:status"), ("modified", "dcterms:modified")):
                found["once"] |= {(code, name, one[predicate, ""])} if (predicate, "") in one else set()
            for predicate in ("esco:memberOfISCOGroup", "skos:broader"):
                for obj in many.get((predicate, ""), ()):
                    found["mapping"].add((iri, "broadMatch", obj, "", "accepted"))
            for word in ("Essential", "Optional"):
                for skill in many.get((f"esco:related{word}Skill", ""), ()):
                    found["use"].add((code, skill))
                    found["importance"].add((code, skill, word.lower()))
        elif concept.kind == "skill":
            found["component"].add((iri, one["esco:skillType", ""].rpartition("/")[2]))
            found["label"].add((iri, "", one["skos:prefLabel", "en"]))
            found["spelling"].update((iri, "en", label) for label in many.get(("skos:altLabel", "en"), ()))
            if ("skos:definition", "en") in one:
                found["definition"].add((iri, "", one["skos:definition", "en"]))
    return found


def read_esco_mapping(folder: Path) -> Facts:
    """The tables of mappings to ESCO; codes tell by their parts what they are codes of."""
    found = licence(folder)
    mint = (IRIS.family, IRIS.specialisation, IRIS.role)
    for name in ("occupations", "skills"):
        for row in rows(folder / f"{name}_to_esco.csv"):
            subject, obj = row["O*NET Id"], row["ESCO or ISCO URI"]
            subject = mint[subject.count(".")](subject) if name == "occupations" else subject
            if row["Type of Match"] == "exactMatch":
                found["same"].add((subject, obj))
            else:
                found["mapping"].add((subject, row["Type of Match"], obj, "", "accepted"))
    return found


def read_onet_text(folder: Path) -> Facts:
    """O*NET's text files."""
    found = licence(folder)
    said = "n/a"
    for row in rows(folder / "Occupation Data.txt", tabs=True):
        found["role"].add((row["O*NET-SOC Code"],))
        found["title"].add((row["O*NET-SOC Code"], "", row["Title"]))
        if row["Description"] != said:
            found["summary"].add((row["O*NET-SOC Code"], "", row["Description"]))
    for row in rows(folder / "Alternate Titles.txt", tabs=True):
        found["other title"].add((row["O*NET-SOC Code"], "en", row["Alternate Title"]))
    for row in rows(folder / "Task Statements.txt", tabs=True):
        found["named"].add((row["O*NET-SOC Code"], "task", "", "", row["Task"]))
    for name in ("Skills", "Knowledge"):
        for row in rows(folder / f"{name}.txt", tabs=True):
            code, component = row["O*NET-SOC Code"], f"{exports.BASE}component/{row['Element ID']}"
            found["use"].add((code, component))
            found["named"].add((code, kind_of(component), "", "", row["Element Name"]))
            if row["Data Value"] != said:
                found["proficiency"].add((code, component, int(row["Data Value"])))
    return found


def read_sssom(path: Path) -> Facts:
    """SSSOM, by the importer."""
    problems = Problems()
    mapping_set, mappings = parse_sssom(path.read_text(encoding="utf-8"), path.name, problems)
    problems.raise_errors()
    found: Facts = defaultdict(set)
    publisher = dict(mapping_set.details)["creator_label"]
    title = (mapping_set.title or "").removeprefix("Mappings of ")
    found["about"] = {("name", title), ("publisher", *publisher), ("licence", mapping_set.licence)}
    for mapping in mappings:
        add_mapping(found, mapping)
        key = (mapping.subject, mapping.predicate.rpartition("#")[2], mapping.object, "reviewer")
        found["slot"].update((*key, v) for prop, v in mapping.extra if prop.endswith("/reviewer_label"))
        found["slot"] = {
            (*f[:4], _person(f[4]) if f[3] == "reviewer" else f[4])
            for f in found["slot"]
        }
    return found


def _person(written: str) -> str:
    """A reviewer, which the importer leaves as it is written."""
    return written.replace("orcid:", "https://orcid.org/").replace(r"\|", "|")


# JSON


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read_schema_org(path: Path) -> Facts:
    """schema.org."""
    found: Facts = defaultdict(set)
    for item in _json(path)["@graph"]:
        if item["@type"] == "Dataset":
            found["about"] = {
                ("name", item["name"]), ("publisher", item["publisher"]["name"]), ("licence", item["license"])
            }
        if item["@type"] != "Occupation":
            continue
        code = item["identifier"]
        assert item["@id"] == ROLE + code
        found["role"].add((code,))
        found["title"].add((code, "", item["name"]))
        found["summary"] |= {(code, "", item["description"])} if "description" in item else set()
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
    package = _json(path)
    document, found = package["CFDocument"], defaultdict(set)
    found["about"] = {
        ("name", document["title"]), ("publisher", document["publisher"]),
        ("licence", package["CFDefinitions"]["CFLicenses"][0]["licenseText"]),
    }  # fmt: skip
    above: dict[str, str] = {}
    for item in package["CFItems"]:
        iri = item["uri"]
        assert item["identifier"] == str(uuid.uuid5(uuid.NAMESPACE_URL, iri))
        others = [part for part in re.split("; ", item.get("alternativeLabel", "")) if part.strip()]
        if item["CFItemType"] == "Role":
            code = item["humanCodingScheme"]
            found["role"].add((code,))
            found["title"].add((code, item["language"], item["fullStatement"]))
            found["summary"] |= {(code, "", item["notes"])} if "notes" in item else set()
            found["level"].update((code, level) for level in item["educationLevel"])
            found["other title"].update((code, "en", label.strip()) for label in others)
        elif "/component/" in iri:
            found["component"].add((iri, KIND_OF_CLASS[item["CFItemType"]]))
            found["label"].add((iri, item["language"], item["fullStatement"]))
            found["spelling"].update((iri, "en", label.strip()) for label in others)
            found["definition"] |= {(iri, "", item["notes"])} if "notes" in item else set()
    parts: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for link in package["CFAssociations"]:
        origin, target = link["originNodeURI"], link["destinationNodeURI"]
        if link["associationType"] == "isChildOf":
            above[origin["uri"]] = target["uri"]
        elif link["associationType"] == "isPartOf":
            code, kind = target["uri"].removeprefix(ROLE), kind_of(origin["uri"])
            parts[code].append((link["sequenceNumber"], origin["uri"]))
            found["use"].add((code, origin["uri"]))
            found["named"].add((code, kind, origin["uri"], "", origin["title"]))
        elif link["associationType"] == "exactMatchOf":
            found["same"].add((origin["uri"], target["uri"]))
        elif link["associationType"] == "replacedBy":
            code, other = (end["uri"].removeprefix(ROLE) for end in (origin, target))
            found["once"].add((code, "replaced_by", other))
    for code, numbered in parts.items():
        places: dict[str, int] = defaultdict(int)
        for _, iri in sorted(numbered):
            places[kind_of(iri)] += 1
            found["order"].add((code, kind_of(iri), places[kind_of(iri)], iri))
    for (code,) in found["role"]:
        specialisation = above[ROLE + code]
        family = above[specialisation]
        found["place"].add((code, family.rpartition("/")[2], specialisation.rpartition("/")[2]))
    return found


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
            parts = ("ceterms:hasTask", *(f"ceasn:{name}Embodied" for name in ("skill", "knowledge", "ability")))
            found["use"].update((code, part) for name in parts for part in item.get(name, ()))
            found["classified"].update(
                (code, a["ceterms:targetNode"]) for a in item.get("ceterms:occupationType", ())
            )
            if "ceterms:versionCode" in item:
                found["once"].add((code, "version", item["ceterms:versionCode"]))
    return found


# Tabiya, OSMT


def read_tabiya(folder: Path) -> Facts:
    """Tabiya's files; every ID leads to the address that it was made from."""
    found = licence(folder, "LICENSE")
    tables = {path.stem: rows(path) for path in folder.glob("*.csv")}
    nodes = (*tables["occupations"], *tables["skills"], *tables["occupation_groups"])
    iri_of = {row["ID"]: row["ORIGINURI"] for row in nodes}
    above = {iri_of[row["CHILDID"]]: iri_of[row["PARENTID"]] for row in tables["occupation_hierarchy"]}
    for row in tables["occupations"]:
        iri = row["ORIGINURI"]
        code = iri.removeprefix(ROLE)
        found["role"].add((code,))
        found["title"].add((code, "", row["PREFERREDLABEL"]))
        found["summary"] |= {(code, "", row["DESCRIPTION"])} if row["DESCRIPTION"] else set()
        found["other title"].update((code, "en", label) for label in row["ALTLABELS"].split("\n") if label)
        found["level"].add((code, re.match(r"Level (\w+):", row["SCOPENOTE"])[1]))
        family, specialisation = (i.rpartition("/")[2] for i in (above[above[iri]], above[iri]))
        found["place"].add((code, family, specialisation))
    for row in tables["skills"]:
        iri = row["ORIGINURI"]
        found["component"].add((iri, row["SKILLTYPE"].removesuffix("/competence")))
        found["label"].add((iri, "", row["PREFERREDLABEL"]))
        found["spelling"].update((iri, "en", label) for label in row["ALTLABELS"].split("\n") if label)
        found["definition"] |= {(iri, "", row["DEFINITION"])} if row["DEFINITION"] else set()
    for row in tables["occupation_to_skill_relations"]:
        code, skill = iri_of[row["OCCUPATIONID"]].removeprefix(ROLE), iri_of[row["SKILLID"]]
        found["use"].add((code, skill))
        found["importance"].add((code, skill, row["RELATIONTYPE"] or None))
    return found


def read_osmt(folder: Path) -> Facts:
    """OSMT's table of skills."""
    kinds = {"Skills": "skill", "Knowledge": "knowledge", "Competencies": "competency"}
    found = licence(folder)
    for row in rows(folder / "osmt.csv"):
        iri = row["Canonical URL"]
        found["about"] |= {("name", row["Collections"]), ("publisher", row["Authors"])}
        found["component"].add((iri, kinds[row["Categories"]]))
        found["label"].add((iri, "", row["RSD Name"]))
        found["spelling"].update(
            (iri, "en", label.strip()) for label in row["Keywords"].split("; ") if label.strip()
        )
        found["same"] |= {(iri, row["Alignment URL"])} if row["Alignment URL"] else set()
    return found
