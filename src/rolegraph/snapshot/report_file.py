"""A validation report in, a sorted file of it in a snapshot out, and back; findings are read as a stream."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import msgspec
import zstandard
from msgspec import Struct

from rolegraph.errors import StoreError
from rolegraph.model.findings import SEVERITIES, Finding, Report, Score

REPORT_FILE: Final = "report.ndjson.zst"
"""Its name in the folder of a snapshot; snapshots of earlier releases have none."""

_LINES_AT_ONCE: Final = 4096


class _ScoreLine(Struct, frozen=True, tag="score", tag_field="line"):
    """The score of one role."""

    score: Score


class _FindingLine(Struct, frozen=True, tag="finding", tag_field="line"):
    """One finding."""

    finding: Finding


_LINE: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(_ScoreLine | _FindingLine)


def write_report(report: Report, path: Path) -> None:
    """Write a report as one JSON object a line, compressed; the same report gives the same bytes.

    First the report itself without its findings and the scores of its roles, with the counts of
    findings by severity and of those lines; then the scores of roles by code; then the findings in
    the order of `Finding.key`, so that two files are compared by reading them side by side.
    """
    encode = msgspec.json.Encoder(order="deterministic").encode
    role_scores = sorted((score for score in report.scores if score.kind == "role"), key=_code)
    others = tuple(score for score in report.scores if score.kind != "role")
    # Where the report was read from, and what it was compared with, is no part of the snapshot.
    bare = msgspec.structs.replace(report, findings=(), scores=others, folder="", comparison=None)
    header: dict[str, Any] = msgspec.to_builtins(bare)
    header["counts"] = {severity: report.count(severity) for severity in SEVERITIES}
    header["role_scores"] = len(role_scores)
    with path.open("wb") as raw:
        with zstandard.ZstdCompressor(level=3).stream_writer(raw, closefd=False) as out:
            out.write(encode(header) + b"\n")
            _write_lines(out, (encode(_ScoreLine(score)) for score in role_scores))
            ordered = sorted(report.findings, key=lambda found: (*found.key, found.message))
            _write_lines(out, (encode(_FindingLine(finding)) for finding in ordered))
        raw.flush()
        os.fsync(raw.fileno())


def _code(score: Score) -> str:
    return score.code


def _write_lines(out: zstandard.ZstdCompressionWriter, lines: Iterable[bytes]) -> None:
    batch: list[bytes] = []
    for line in lines:
        batch.append(line)
        if len(batch) == _LINES_AT_ONCE:
            out.write(b"\n".join(batch) + b"\n")
            batch.clear()
    if batch:
        out.write(b"\n".join(batch) + b"\n")


def read_report(path: Path) -> tuple[Report, Iterator[Finding]]:
    """Read a report that `write_report` wrote.

    Returns:
        the report without findings and without the scores of roles, and its findings by key. The
        findings are read as they are asked for.
    Raises:
        StoreError: the file is damaged; for a part behind the header, when that part is reached.
    """
    return _header(path)[0], _findings(path)


def read_role_scores(path: Path) -> Iterator[Score]:
    """The scores of the roles in a report's file, by code.

    Raises:
        StoreError: the file is damaged.
    """
    with _lines(path) as lines:
        for line in lines:
            decoded = _decode(line, path)
            if not isinstance(decoded, _ScoreLine):
                return
            yield decoded.score


def _header(path: Path) -> tuple[Report, int]:
    """The first line, and how many findings must follow."""
    with _open(path) as stream:
        try:
            value = msgspec.json.decode(next(iter(stream), ""))
            return msgspec.convert(value, Report), sum(value["counts"].values())
        except (msgspec.MsgspecError, KeyError, TypeError, AttributeError) as error:
            raise _damaged(path, error) from error


def _findings(path: Path) -> Iterator[Finding]:
    _, expected = _header(path)
    number = 0
    with _lines(path) as lines:
        for line in lines:
            decoded = _decode(line, path)
            if isinstance(decoded, _FindingLine):
                number += 1
                yield decoded.finding
    if number != expected:
        raise _damaged(path, f"it holds {number:,} of {expected:,} findings")


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[str]]:
    """The lines behind the header."""
    with _open(path) as stream:
        lines = iter(stream)
        next(lines, "")
        yield lines


@contextmanager
def _open(path: Path) -> Iterator[IO[str]]:
    with path.open("rb") as raw:
        reader = zstandard.ZstdDecompressor().stream_reader(raw)
        try:
            yield io.TextIOWrapper(io.BufferedReader(reader), encoding="utf-8", newline="\n")
        except (zstandard.ZstdError, UnicodeDecodeError) as error:
            raise _damaged(path, error) from error


def _decode(line: str, path: Path) -> _ScoreLine | _FindingLine:
    try:
        decoded: _ScoreLine | _FindingLine = _LINE.decode(line)
        return decoded
    except msgspec.MsgspecError as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, reason: object) -> StoreError:
    return StoreError(f"{path}: the report is damaged ({reason}); build again")
