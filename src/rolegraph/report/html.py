"""A validation report in, one self-contained HTML page out: figures, heat map, gaps, every finding.

The page loads nothing and allows only its own style and scripts, by hash. What it says without a script
is in the page as text; all findings are in it as compressed columns, which the script reads when the page
has been painted.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from functools import cache, partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from rolegraph.model.findings import Report, Severity
from rolegraph.report._html_columns import columns
from rolegraph.report._html_figures import BANDS, MOST_FAMILIES, read_figures
from rolegraph.report._phrases import HEADINGS, percent, source_place

FEWEST_ROWS: Final = 200
"""So many findings, the most severe, are in the page as text."""
MOST_ROWS: Final = 500
"""And up to so many if they are violations."""
_TEMPLATES: Final = Path(__file__).parent / "templates"
_WORDS: Final[dict[Severity, tuple[str, str, str]]] = {
    "Violation": (HEADINGS["Violation"], "Broken", "Breaks a rule that all data must keep."),
    "Warning": (HEADINGS["Warning"], "To look at", "May be right, but a person has to say so."),
    "Info": (HEADINGS["Info"], "To complete", "Nothing is wrong; something could be added."),
}
"""Severity -> what it is called, in a table too, and what it means."""


def write_html(report: Report, out: TextIO) -> None:
    """Write a report as a page of HTML that needs no other file; the same report gives the same bytes."""
    figures = read_figures(report)
    violations = figures.counts["Violation"]
    shown = min(len(report.findings), max(FEWEST_ROWS, min(violations, MOST_ROWS)))
    style, early, *scripts = map(_asset, ("report.css", "early.js", "findings.js", "report.js"))
    page = _template().generate(
        report=report,
        figures=figures,
        words=_WORDS,
        bands=BANDS,
        most_families=MOST_FAMILIES,
        rows=list(islice(report.findings, shown)),
        place=partial(source_place, report),
        style=style,
        early=early,
        scripts=scripts,
        policy=_policy(style, [early, *scripts]),
        blocks=_blocks(report),
    )
    out.writelines(page)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number="{:,}".format, percent=percent)
    return environment.get_template("report.html")


def _asset(name: str) -> Markup:
    """A file of ours that goes into the page as it is."""
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704  # not from the report


def _policy(style: str, scripts: list[str]) -> str:
    """The Content Security Policy: what the page may do, which is to run and look like this page."""
    allowed = " ".join(map(_hash, scripts))
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def _blocks(report: Report) -> Iterator[tuple[str, Markup]]:
    for name, content in columns(report):
        yield name, Markup(content)  # noqa: S704  # base64
