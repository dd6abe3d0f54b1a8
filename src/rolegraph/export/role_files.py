"""Roles in, role files out, as a catalog holds them: one YAML file a role, or one NDJSON line a role.

What is written can be imported again: it gives equal records, and so the same graph of the roles. The
taxonomy, the components' own entries and the SSSOM files are other files of a catalog, and not in here.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from rolegraph.export.extract import Extract
from rolegraph.sources.rolefile import dump_role, to_role_file


def write_yaml(extract: Extract, folder: Path) -> None:
    """Write `roles/<CODE>.yaml` for each role."""
    roles = folder / "roles"
    roles.mkdir()
    for role in extract.roles():
        content = dump_role(to_role_file(role, extract.iris, extract.facts.language))
        (roles / f"{role.code}.yaml").write_text(content, encoding="utf-8")


def write_ndjson(extract: Extract, folder: Path) -> None:
    """Write `roles.ndjson` with one line a role."""
    encoder = msgspec.json.Encoder()
    with (folder / "roles.ndjson").open("wb") as stream:
        for role in extract.roles():
            line = encoder.encode(to_role_file(role, extract.iris, extract.facts.language))
            stream.write(line + b"\n")
