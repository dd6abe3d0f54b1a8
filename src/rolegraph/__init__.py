"""rolegraph: a knowledge graph of job roles."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rolegraph.library import RoleGraph, Rows
    from rolegraph.library import open_catalog as open  # noqa: A004  # read as rolegraph.open(…)
    from rolegraph.role_profile import RoleProfile

__all__ = ["RoleGraph", "RoleProfile", "Rows", "open"]


def __getattr__(name: str) -> Any:
    """Load the library when it is first asked for: the command line starts three times faster without it."""
    if name in __all__:
        library = import_module("rolegraph.library")
        return library.open_catalog if name == "open" else getattr(library, name)
    raise AttributeError(f"module 'rolegraph' has no attribute {name!r}")
