"""`attribution.yaml` in, the credits of those whose data a catalog took over out.

There may be several, as of a taxonomy: `rolegraph import table` writes `attribution.<name>.yaml`.
"""

from __future__ import annotations

from pathlib import Path

from rolegraph import documents
from rolegraph.errors import Problems
from rolegraph.model.attribution import Credit
from rolegraph.sources.taxonomy import files_of
from rolegraph.sources.yaml import read_yaml


def read_attribution(root: Path, location: str, problems: Problems) -> tuple[Credit, ...]:
    """Read the files that are there, each a list of credits; a catalog that owes nobody one has none.

    Returns:
        the credits in the order of the files, each once.
    """
    found: dict[Credit, None] = {}
    for name in files_of(root, location):
        document = read_yaml(root / name, name, problems)
        if document is None:
            continue
        data = [] if document.data is None else document.data
        parsed = documents.convert(data, tuple[Credit, ...], name, document.line_of, problems)
        for index, credit in enumerate(parsed or ()):
            _check(credit, name, document.line_of((index,)), problems)
            found[credit] = None
    return tuple(found)


def _check(credit: Credit, name: str, line: int, problems: Problems) -> None:
    if not credit.statement:
        problems.error(name, line, "this credit says nothing", "write a title or an attribution")
    for key, value in (("licence", credit.licence), ("source", credit.source)):
        documents.check_link(value or "", key, name, line, problems)
