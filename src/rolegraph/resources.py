"""Finds the plain files that ship with rolegraph: ontology, shapes, queries, maps, sample catalog."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).parent

Folder = Literal["ontology", "shapes", "queries", "data", "maps"]


def folder(name: Folder) -> Path:
    """The folder of shipped files: inside the wheel, or at the top of a checkout."""
    installed = _PACKAGE / "files"
    return (installed if installed.is_dir() else _PACKAGE.parent.parent) / name


def is_installed() -> bool:
    """Whether rolegraph runs from a wheel rather than from a checkout."""
    return (_PACKAGE / "files").is_dir()
