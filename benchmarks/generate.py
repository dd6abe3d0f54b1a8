"""Write a catalog of any size: `python benchmarks/generate.py DIR --roles 10000`.

The same arguments give the same bytes. Families have one to four specialisations on all 22 levels; the
components of a role are drawn from heavy-tailed lists, most of them from the family's own part, so that
popular ones are shared by many roles and most by few, as in real catalogs.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rolegraph.config import FILE_NAME
from rolegraph.sources.template import CONFIG

TRACKS = {"S": 4, "P": 8, "M": 6, "E": 4}
LEVELS = [f"{track}{number}" for track, count in TRACKS.items() for number in range(1, count + 1)]
COUNTS = {"responsibility": 8, "task": 6, "skill": 20, "knowledge": 8, "competency": 6, "qualification": 4}
"""Components of a role, by kind."""
POOL = 4000
SUPER_FUNCTIONS = ["technology", "business", "people", "operations"]


def places(roles: int) -> Iterator[tuple[str, str, str]]:
    """Family, focus and level of each role."""
    number = 0
    made = 0
    while True:
        family = f"FA{number:05d}"
        for focus in range(number % 4 + 1):
            for level in LEVELS:
                if made == roles:
                    return
                yield family, f"SP{focus}", level
                made += 1
        number += 1


def labels(chance: random.Random, kind: str, family: str, count: int) -> list[str]:
    """Distinct labels: popular ones of everybody's pool, and the family's own."""
    found: dict[str, None] = {}
    while len(found) < count:
        rank = min(int(chance.paretovariate(1.1)), POOL)
        if chance.random() < 0.4:
            found[f"{kind.capitalize()} number {rank}"] = None
        else:
            found[f"{kind.capitalize()} {rank % 40} of {family.lower()}"] = None
    return list(found)


def role(chance: random.Random, family: str, focus: str, level: str) -> dict[str, Any]:
    """One role as an NDJSON object."""
    title = f"Role {family} {focus} {level}"
    components: dict[str, list[Any]] = {kind: labels(chance, kind, family, n) for kind, n in COUNTS.items()}
    components["skill"] = [
        {"label": label, "tags": ["common"], "proficiency": chance.randint(1, 5)}
        for label in components["skill"]
    ]
    return {
        "code": f"{family}.{focus}.{level}",
        "title": title,
        "summary": f"Does the work of {title} and answers for it.",
        "components": components,
        "none_recorded": ["core_output"],
        "aliases": [
            {"label": f"{title} alias {n}", "confidence": round(chance.random(), 2)} for n in range(3)
        ],
    }


def generate(directory: Path, roles: int, seed: int = 1) -> None:
    """Write the catalog into a new folder."""
    chance = random.Random(seed)
    directory.mkdir(parents=True)
    config = CONFIG.format(
        name=json.dumps(f"{roles} generated roles"), base_iri='"https://example.org/roles/"'
    )
    config = config.replace('roles = "roles" ', 'roles = "roles.ndjson" ')
    (directory / FILE_NAME).write_text(config, encoding="utf-8")
    families: dict[str, int] = {}
    with (directory / "roles.ndjson").open("w", encoding="utf-8") as stream:
        for family, focus, level in places(roles):
            families.setdefault(family, len(families))
            stream.write(json.dumps(role(chance, family, focus, level)) + "\n")
    taxonomy = {
        "super_functions": [{"code": code, "label": code.capitalize()} for code in SUPER_FUNCTIONS],
        "families": [
            {"code": code, "label": f"Family {code}", "super_function": SUPER_FUNCTIONS[number % 4]}
            for code, number in families.items()
        ],
    }
    (directory / "taxonomy.yaml").write_text(json.dumps(taxonomy, indent=1), encoding="utf-8")


def main() -> None:
    """Read the arguments and write the catalog."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--roles", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    generate(options.directory, options.roles, options.seed)


if __name__ == "__main__":
    main()
