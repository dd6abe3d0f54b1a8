"""Exports in tables and role files in, the facts that they hold out.

Where rolegraph has an importer, that one reads; else csv and pyarrow do. No code of the writers is used.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow.parquet as pq

import exports
from export_facts import Facts, add_mapping, add_role, kind_of, say
from export_graphs import ROLE
from export_tables import Rows, roles_of
from rolegraph.errors import Problems
from rolegraph.iris import Iris
from rolegraph.model.catalog import Mapping, Role
from rolegraph.model.esco import EscoConcept
from rolegraph.sources.esco import read_esco
from rolegraph.sources.import_report import ImportReport
from rolegraph.sources.roles import RoleReader
from rolegraph.sources.sssom import parse_sssom

IRIS = Iris(exports.BASE)


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


def read_roles(folder: Path, location: str) -> Facts:
    """Role files."""
    return role_facts(read_role_files(folder, location), licence(folder))


def read_parquet(folder: Path) -> dict[str, Rows]:
    """The rows of all tables, dates as texts."""
    return {
        path.stem: [
            {name: str(value) if hasattr(value, "isoformat") else value for name, value in row.items()}
            for row in pq.read_table(path).to_pylist()
        ]
        for path in folder.glob("*.parquet")
    }


def read_tables(folder: Path, read_rows: Callable[[Path], dict[str, Rows]]) -> Facts:
    """Tidy tables."""
    tables = read_rows(folder)
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
        fact = (row["iri"], row["language"], row["text"])
        if row["field"] == "definition" and "/component/" in row["iri"]:
            found["definition"].add(fact)
        elif row["field"] == "label":
            found["taxon"].add(fact)
    found["same"] = {(row["component"], row["same_as"]) for row in tables["same_as"]}
    for row in tables["adjacency"]:
        found["neighbour"].add((row["role"], row["neighbour"], row["position"]))
    return found


# ESCO, O*NET, SSSOM


def read_esco_csv(folder: Path) -> Facts:
    """ESCO's files, by the importer: what it says of each concept."""
    problems = Problems()
    data = read_esco([folder], problems, ImportReport())
    problems.raise_errors()
    found = licence(folder)
    for iri, concept in data.concepts.items():
        if concept.kind == "occupation":
            _esco_occupation(iri, concept, found)
        elif concept.kind == "skill":
            found["component"].add((iri, concept.one["esco:skillType", ""].rpartition("/")[2]))
            found["label"].add((iri, "", concept.one["skos:prefLabel", "en"]))
            others = concept.many.get(("skos:altLabel", "en"), ())
            found["spelling"].update((iri, "en", label) for label in others)
            say(found, "definition", iri, "", concept.one.get(("skos:definition", "en")))
    return found


def _esco_occupation(iri: str, concept: EscoConcept, found: Facts) -> None:
    one, many = concept.one, concept.many
    code = one["skos:notation", ""]
    assert iri == ROLE + code
    found["role"].add((code,))
    found["title"].add((code, "", one["skos:prefLabel", "en"]))
    say(found, "summary", code, "", one.get(("skos:definition", "en")))
    for kind, name in (("other title", "skos:altLabel"), ("hidden title", "skos:hiddenLabel")):
        found[kind].update((code, "en", label) for label in many.get((name, "en"), ()))
    say(found, "once", code, "status", one.get(("iso-thes:status", "")))
    say(found, "once", code, "modified", one.get(("dcterms:modified", "")))
    for predicate in ("esco:memberOfISCOGroup", "skos:broader"):
        for obj in many.get((predicate, ""), ()):
            found["mapping"].add((iri, "broadMatch", obj, "", "accepted"))
    for word in ("Essential", "Optional"):
        for skill in many.get((f"esco:related{word}Skill", ""), ()):
            found["use"].add((code, skill))
            found["importance"].add((code, skill, word.lower()))


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
        say(found, "summary", code, "", row["DESCRIPTION"])
        found["other title"].update((code, "en", label) for label in row["ALTLABELS"].split("\n") if label)
        found["level"].add((code, re.match(r"Level (\w+):", row["SCOPENOTE"])[1]))
        family, specialisation = (i.rpartition("/")[2] for i in (above[above[iri]], above[iri]))
        found["place"].add((code, family, specialisation))
    for row in tables["occupation_groups"]:
        found["taxon"].add((row["ORIGINURI"], "", row["PREFERREDLABEL"]))
    for row in tables["skills"]:
        iri = row["ORIGINURI"]
        found["component"].add((iri, row["SKILLTYPE"].removesuffix("/competence")))
        found["label"].add((iri, "", row["PREFERREDLABEL"]))
        found["spelling"].update((iri, "en", label) for label in row["ALTLABELS"].split("\n") if label)
        say(found, "definition", iri, "", row["DEFINITION"])
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
        say(found, "same", iri, row["Alignment URL"])
    return found
