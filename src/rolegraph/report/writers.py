"""The formats of a validation report: their names, and the choice between them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from rolegraph.errors import NotAcceptable
from rolegraph.model.findings import Report
from rolegraph.report.badge import write_badge
from rolegraph.report.csv_report import write_csv
from rolegraph.report.html import write_html
from rolegraph.report.json_report import write_json
from rolegraph.report.junit import write_junit
from rolegraph.report.markdown import write_markdown
from rolegraph.report.sarif import write_sarif
from rolegraph.report.text import write_text
from rolegraph.report.turtle import write_turtle


class Writer(NamedTuple):
    """One way to write a report, and the ends of the names of files that hold it."""

    write: Callable[[Report, TextIO], None]
    media_type: str
    summary: str
    endings: tuple[str, ...]


WRITERS: Final[dict[str, Writer]] = {
    "text": Writer(write_text, "text/plain", "for reading in a terminal", (".txt",)),
    "html": Writer(write_html, "text/html", "a page with a heat map and every finding", (".html", ".htm")),
    "md": Writer(write_markdown, "text/markdown", "a comment on a pull request", (".md", ".markdown")),
    "csv": Writer(write_csv, "text/csv", "a table of all findings", (".csv",)),
    "json": Writer(write_json, "application/json", "everything; also a baseline", (".json",)),
    "ttl": Writer(write_turtle, "text/turtle", "sh:ValidationReport and DQV measurements", (".ttl",)),
    "junit": Writer(
        write_junit, "application/xml", "JUnit XML, a list of tests for build servers", (".xml",)
    ),
    "sarif": Writer(
        write_sarif, "application/sarif+json", "SARIF 2.1.0 for code scanning", (".sarif", ".sarif.json")
    ),
    "badge": Writer(
        write_badge, "application/vnd.shields.endpoint+json", "a shields.io endpoint badge", ("badge.json",)
    ),
}
"""Name of a format -> how it is written; options and help texts come from here."""


def choose_writer(format_name: str = "", output: str | Path = "") -> Writer:
    """Choose by a name or media type, else by the end of the output file's name, else text.

    Args:
        format_name: such as `csv` or `text/csv`; "" for none.
        output: the file that is to be written, "" or `-` for stdout.
    Raises:
        NotAcceptable: no format is called so; the error names all of them.
    """
    wished = format_name.strip().lower()
    if wished:
        for name, writer in WRITERS.items():
            if wished in {name, writer.media_type} or f".{wished.removeprefix('.')}" in writer.endings:
                return writer
        raise _unknown(f"there is no report format {format_name!r}")
    file = Path(output).name.lower()
    if file in {"", "-"}:
        return WRITERS["text"]
    fitting = [
        (ending, writer) for writer in WRITERS.values() for ending in writer.endings if file.endswith(ending)
    ]
    if not fitting:
        raise _unknown(f"the name {Path(output).name!r} does not say which format the report has")
    return max(fitting, key=lambda pair: len(pair[0]))[1]


def _unknown(found: str) -> NotAcceptable:
    return NotAcceptable(f"{found}; use --format with one of {', '.join(WRITERS)}", tuple(WRITERS))
