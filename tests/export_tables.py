"""Tidy tables in, records of roles out again."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rolegraph.export.tidy import TABLES
from rolegraph.model.catalog import DIMENSIONS, ComponentUse, Mapping, Role, Story, TitleAlias

Rows = list[dict[str, Any]]
READ = {
    "string": lambda cell: cell,
    "date": lambda cell: cell,
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
}


def read(folder: Path) -> dict[str, Rows]:
    """The rows of all tables with values of their types; an empty cell is None."""
    found: dict[str, Rows] = {}
    for table in TABLES:
        types = {column.name: column.type for column in table.columns}
        with (folder / f"{table.name}.csv").open(encoding="utf-8", newline="") as stream:
            found[table.name] = [
                {name: READ[types[name]](cell) if cell else None for name, cell in row.items()}
                for row in csv.DictReader(stream)
            ]
    return found


def roles_of(tables: dict[str, Rows], language: str) -> Iterator[Role]:
    """The records that the tables hold."""
    for row in tables["roles"]:
        of_role = {name: [r for r in rows if r.get("role") == row["code"]] for name, rows in tables.items()}
        texts: dict[tuple[str, int], dict[str, str]] = {}
        for text in of_role["texts"]:
            texts.setdefault((text["field"], text["position"]), {})[text["language"]] = text["text"]
        named = {field: labels for (field, _), labels in texts.items()}
        story = {f: named.get(f"story.{f}") for f in Story.__struct_fields__ if f != "plan"}
        plan = tuple(labels for (field, _), labels in texts.items() if field == "story.plan")
        family, focus, level = row["code"].split(".")
        yield Role(
            code=row["code"],
            family=family,
            focus=focus,
            level=level,
            title=named["title"],
            summary=named.get("summary"),
            status=row["status"],
            applicability=row["applicability"],
            version=row["version"],
            modified=row["modified"],
            deprecated=row["deprecated"],
            replaced_by=row["replaced_by"],
            history_note=named.get("history_note"),
            confidence=row["confidence"],
            story=Story(**story, plan=plan) if plan or any(story.values()) else None,
            level_title=named.get("level_text.title"),
            level_summary=named.get("level_text.summary"),
            descriptors={d: named[f"level_text.{d}"] for d in DIMENSIONS if f"level_text.{d}" in named},
            uses=tuple(use_of(use, texts, language) for use in of_role["uses"]),
            none_recorded=tuple(none["kind"] for none in of_role["none_recorded"]),
            aliases=tuple(
                TitleAlias(
                    **{name: alias[name] for name in ("label", "language", "type", "confidence", "approval")}
                )
                for alias in of_role["aliases"]
            ),
            mappings=tuple(mapping_of(mapping) for mapping in of_role["mappings"]),
        )


def use_of(row: dict[str, Any], texts: dict[tuple[str, int], dict[str, str]], language: str) -> ComponentUse:
    labels = texts.get((f"components.{row['kind']}", row["position"]), {language: row["label"]})
    return ComponentUse(
        kind=row["kind"],
        label=labels,
        position=row["position"],
        tags=tuple(tag for tag in ("common", "level") if row[f"is_{tag}"]),
        importance=row["importance"],
        proficiency=row["proficiency"],
    )


def mapping_of(row: dict[str, Any]) -> Mapping:
    return Mapping(**{name: value for name, value in row.items() if name != "role" and value is not None})


def in_order_of_tags(role: Role) -> Role:
    """The role as tables have it: with its tags in one order, and without a story that says nothing."""
    uses = tuple(
        ComponentUse(
            **{f: getattr(use, f) for f in use.__struct_fields__} | {"tags": tuple(sorted(use.tags))}
        )
        for use in role.uses
    )
    is_blank = role.story is not None and not any(getattr(role.story, f) for f in Story.__struct_fields__)
    fields = {name: getattr(role, name) for name in role.__struct_fields__}
    return Role(**fields | {"uses": uses, "story": None if is_blank else role.story})
