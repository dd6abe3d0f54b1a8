"""The files of a new catalog."""

from __future__ import annotations

import json
from typing import Any, Final

from rolegraph.documents import json_schema
from rolegraph.model.catalog import RoleFile

EXAMPLE_CODE: Final = "ENG.GEN.P3"

CONFIG: Final = """\
# What this catalog is. `rolegraph build` reads this file first.
[catalog]
name = {name}
base_iri = {base_iri}   # the namespace of your data; choose it once, it ends in /
publisher = "Your organisation"
licence = "https://creativecommons.org/licenses/by/4.0/"
version = "0.1.0"
language = "en"

# Where the inputs lie, relative to this file.
[sources]
roles = "roles"             # one YAML file a role, or *.ndjson
taxonomy = "taxonomy.yaml"
components = "components"
mappings = "mappings"       # *.sssom.tsv
soc = "soc.csv"
# onet = "../onet_db"       # an O*NET database (text edition), unpacked or its zip
# esco = "../esco_1.2.1_en"   # an unpacked download of ESCO (CSV edition) or its zip, or a list of them
# crosswalks = ["nesta.csv"] # between O*NET and ESCO, or any SSSOM (docs/crosswalks.md)
# levels = "levels.ttl"     # your own level scheme, in place of the shipped one

[validate]
fail_on = "violation"       # or warning, or info
"""

TAXONOMY: Final = """\
super_functions:
  - code: technology
    label: Technology
    definition: Everyone who builds and runs software and data systems.
families:
  - code: ENG
    label: Engineering
    super_function: technology
    definition: People who design, write and look after software.
specialisations:
  - code: ENG.GEN
    label: General
    definition: Engineering work that is not tied to one area.
"""

ROLE: Final = """\
# yaml-language-server: $schema=../role.schema.json
code: ENG.GEN.P3            # family . focus . level
title: Software Engineer
summary: Builds and maintains features of one product together with a small team.
status: draft
applicability: global
version: v1
story:
  character: A software engineer who wants each release to make a customer's day a little easier.
  external_problem: Features arrive late and break what worked before.
  internal_problem: The engineer is unsure which of many requests is worth doing well.
  philosophical_problem: Software people depend on should not have to be feared on release day.
  plan:
    - Agree what a change is for before writing it.
    - Write it in small steps, each with a test.
    - Watch it in use and correct what was misjudged.
  stakes: Customers stop trusting updates, and the team spends its weeks on repairs.
  success: Changes reach customers weekly and are hardly ever taken back.
components:
  responsibility:
    - {label: Deliver features of one product, tags: [level]}
    - {label: Keep automated tests reliable, tags: [common]}
  task:
    - Write and review code
    - Fix reported defects
  skill:
    - {label: Python, tags: [common], importance: essential, proficiency: 3}
    - {label: SQL, tags: [common], importance: optional, proficiency: 2}
  knowledge:
    - Software development life cycle
  competency:
    - Collaboration
  qualification:
    - 3+ years of experience in software development
none_recorded: [core_output]
aliases:
  - {label: Software Developer, type: common, confidence: 0.85, approval: approved}
  - {label: Programmer, type: common, confidence: 0.55}
codes:
  - code: 15-1252.00
    title: Software Developers
    source: title_match
    review_status: needs_review
"""

SKILLS: Final = """\
- label: Python
  definition: Writing, testing and reviewing programs in the Python language.
- label: SQL
  definition: Asking relational databases questions, and changing what they hold, in SQL.
"""

_MAPPING_COLUMNS = (
    "subject_id", "predicate_id", "object_id", "object_label", "mapping_justification", "confidence",
    "ext_review_status",
)  # fmt: skip
_MAPPING = (
    "family:ENG", "skos:closeMatch", "soc2018:15-1252", "Software Developers",
    "semapv:ManualMappingCuration", "0.7", "needs_review",
)  # fmt: skip
MAPPING_HEADER: Final = """\
#mapping_set_id: {base_iri}mappings/eng
#license: https://creativecommons.org/licenses/by/4.0/
#curie_map:
#  family: {base_iri}family/
#  soc2018: {base_iri}soc2018/
#  skos: http://www.w3.org/2004/02/skos/core#
#  semapv: https://w3id.org/semapv/vocab/
#extension_definitions:
#- slot_name: ext_review_status
#  property: rg:reviewStatus
"""
MAPPINGS: Final = MAPPING_HEADER + "\n".join(["\t".join(_MAPPING_COLUMNS), "\t".join(_MAPPING), ""])

SOC: Final = """\
code,title
15-0000,Computer and Mathematical Occupations
15-1200,Computer Occupations
15-1250,"Software and Web Developers, Programmers, and Testers"
15-1252,Software Developers
"""

README: Final = """\
# {name}
A catalog of job roles for [rolegraph](https://w3id.org/rolegraph/).

    rolegraph build       # roles/, taxonomy.yaml … become a graph in .rolegraph/
    rolegraph validate    # what is broken, doubtful or missing
    rolegraph query ladder -p family=ENG
    rolegraph serve       # SPARQL and a query page on http://127.0.0.1:8000

One role is one file in `roles/`, named after its code. `role.schema.json` describes the format; editors
that know YAML schemas complete and check it as you type. Keep this folder in git: the files are the
truth, and the graph in `.rolegraph/` can be built again at any time.
"""


def role_schema() -> dict[str, Any]:
    """The published JSON Schema of a role file."""
    schema = json_schema(RoleFile)
    return {
        "$schema": schema.pop("$schema"),
        "$id": "https://w3id.org/rolegraph/schema/role.schema.json",
        "title": "A role of a rolegraph catalog",
        **schema,
    }


def schema_text() -> str:
    """The JSON Schema as the file `role.schema.json`."""
    return json.dumps(role_schema(), indent=2, ensure_ascii=False) + "\n"


def catalog_files(name: str, base_iri: str) -> dict[str, str]:
    """Every file of a new catalog, by its name relative to the catalog."""
    quoted = json.dumps(name, ensure_ascii=False)
    return {
        "rolegraph.toml": CONFIG.format(name=quoted, base_iri=json.dumps(base_iri)),
        "taxonomy.yaml": TAXONOMY,
        "components/skill.yaml": SKILLS,
        f"roles/{EXAMPLE_CODE}.yaml": ROLE,
        "mappings/eng.sssom.tsv": MAPPINGS.format(base_iri=base_iri),
        "soc.csv": SOC,
        "role.schema.json": schema_text(),
        "README.md": README.format(name=name),
        ".gitignore": ".rolegraph/\n",
    }
