"""rolegraph: a knowledge graph of job roles."""

from __future__ import annotations

from importlib.metadata import version

__version__ = version("rolegraph")
