"""The layers of the design: a module imports only from rows below its own."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "rolegraph"

# Rows from top to bottom. Within a row, groups (inner lists) never import each other; a name may import
# names that stand to its right in its own group.
LAYERS: list[list[list[str]]] = [
    [["__main__", "cli.*"]],
    [["__init__", "library", "role_profile"]],
    [["web.*"]],
    [["service.*"]],
    [["release.*"]],
    [["export.*"], ["report.*"], ["push"], ["diff.*"]],
    [["endpoint.*"]],
    [["snapshot.*"]],
    [["validate.*", "shacl.*"], ["derive"], ["describe.*"], ["score"]],
    [["query", "store"]],
    [["graph.*"]],
    [["sources.*"]],
    [["positions", "iris"], ["results"]],
    [
        ["model.*"],
        [
            "protocol",
            "sparql_dataset",
            "sparql_limits",
            "sparql_safety",
            "sparql_update",
            "sparql_readings",
            "sparql_brackets",
            "sparql_errors",
            "sparql_tokens",
        ],
    ],
    [["terms"], ["resources"], ["config", "toml", "documents", "text"]],
    [["errors"]],
]


def module_name(path: Path) -> str:
    parts = list(path.relative_to(SOURCE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}


def place(module: str) -> tuple[int, int, int]:
    """Row, group and position of a module; a package's modules share one position."""
    for row, groups in enumerate(LAYERS):
        for group, names in enumerate(groups):
            for position, name in enumerate(names):
                package = name.removesuffix(".*")
                if module == name or (name.endswith(".*") and f"{module}.".startswith(f"{package}.")):
                    return row, group, position
    pytest.fail(f"module {module} is in no layer: add it to LAYERS")


def imported_modules(path: Path) -> set[str]:
    """Names of the rolegraph modules that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {n.removeprefix("rolegraph.") for n in names if n.startswith("rolegraph.")}
    return {name for name in found if name in MODULES}


@pytest.mark.parametrize("module", MODULES)
def test_module_imports_only_from_rows_below(module: str) -> None:
    row, group, position = place(module)
    for other in imported_modules(MODULES[module]):
        if other == module:
            continue
        other_row, other_group, other_position = place(other)
        if other_row == row and other_group == group:
            assert other_position >= position, f"{module} imports {other} to its left"
        else:
            assert other_row > row, f"{module} imports {other} from row {other_row}, its own is {row}"


def test_every_layer_has_a_module() -> None:
    for groups in LAYERS:
        for names in groups:
            for name in names:
                package = name.removesuffix(".*")
                assert any(f"{module}.".startswith(f"{package}.") for module in MODULES), name


@pytest.mark.parametrize(("library", "allowed"), [("flask", {"web"}), ("pyshacl", {"shacl"})])
def test_library_enters_only_at_its_edge(library: str, allowed: set[str]) -> None:
    for module, path in MODULES.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
        names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        if any(name.split(".")[0] == library for name in names):
            assert module.split(".")[0] in allowed, f"{module} imports {library}"


def test_modules_stay_under_400_lines() -> None:
    for module, path in MODULES.items():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, module
