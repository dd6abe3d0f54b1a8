"""Errors and input problems: what was found, where, and what to write instead."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass


class RolegraphError(Exception):
    """Base of every error that rolegraph raises on purpose."""


class IriError(RolegraphError, ValueError):
    """A text that cannot be an IRI, or two records that mint the same one."""


class ConfigError(RolegraphError, ValueError):
    """A catalog whose `rolegraph.toml` is missing."""


class ShapeError(RolegraphError, ValueError):
    """A SHACL shape that is malformed or cannot be run; `link` leads to the clause it breaks."""

    def __init__(self, message: str, link: str | None = None) -> None:
        super().__init__(message)
        self.link = link


class SelectionError(RolegraphError, LookupError):
    """Names of shapes or roles that a report does not know; one a line, with the nearest known names."""


class CheckError(RolegraphError, ValueError):
    """A graph that breaks a rule which no snapshot may break; `rows` names each case."""

    def __init__(self, rows: list[str]) -> None:
        super().__init__("\n".join(rows))
        self.rows = rows


class StoreError(RolegraphError, OSError):
    """A snapshot or store that is missing, locked or damaged."""


class ReleaseError(RolegraphError, ValueError):
    """A release that cannot be made: its version, its notes or its date do not fit what is there."""


class QueryError(RolegraphError, ValueError):
    """A query that cannot be parsed, or parameters that do not fit it."""


class UnknownQuery(QueryError, LookupError):
    """A query name that is not shipped and no file of that name exists."""


class UnknownRole(RolegraphError, LookupError):
    """A role code that the graph does not hold."""


class MissingPackage(RolegraphError, ImportError):
    """A function that needs an optional package which is not installed."""


class Forbidden(RolegraphError, PermissionError):
    """A query that asks for what this server does not do (SERVICE, LOAD, updates)."""


class UnknownGraph(RolegraphError, LookupError):
    """A graph name that the store does not hold."""


class UnknownPage(RolegraphError, LookupError):
    """An address of the server where nothing is."""


class Unauthorized(RolegraphError, PermissionError):
    """A request that needs a token and has none that is known."""


class PayloadTooLarge(RolegraphError, ValueError):
    """A request body of more bytes than the server reads."""


class NotAcceptable(RolegraphError, ValueError):
    """No offered media type satisfies the Accept header; `offered` lists what would."""

    def __init__(self, message: str, offered: tuple[str, ...]) -> None:
        super().__init__(message)
        self.offered = offered


class UnsupportedMediaType(RolegraphError, ValueError):
    """A request body in a media type that the protocol does not define."""


class MethodNotAllowed(RolegraphError, ValueError):
    """An HTTP method that the operation does not have; `allowed` lists the others."""

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed


class Busy(RolegraphError, RuntimeError):
    """Every worker is taken and the queue's own wait is over; `retry_after_s` says when to come back."""

    def __init__(self, message: str, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Cancelled(RolegraphError):
    """A request that nobody waits for any more: its client left."""


class AnswerTooLarge(RolegraphError, RuntimeError):
    """An answer of more bytes than the server lets one answer have."""


class QueryTimeout(RolegraphError, TimeoutError):
    """A query that ran past its deadline and was stopped."""


class QueryMemory(RolegraphError, MemoryError):
    """A query that needed more memory than one query may have."""


class WorkerFailure(RolegraphError, RuntimeError):
    """A query worker that died for a reason other than deadline or memory."""


class UpstreamFailure(RolegraphError, RuntimeError):
    """A store behind this server that cannot be reached, or whose answer makes no sense."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of an input file. `line` is 1-based; 0 means the file as a whole, and is not told."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class SourceError(RolegraphError, ValueError):
    """Input that cannot be read; `problems` holds every fault that was found, in file order."""

    def __init__(self, problems: list[Problem], warnings: list[Problem] | None = None) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
        self.warnings = warnings or []


class Problems:
    """Collects every error and warning of one run, so that a user sees all of them at once.

    Readers take one of these, report what they meet and go on with the next record; the caller
    ends the run with `raise_errors`.
    """

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []

    def error(self, file: str | os.PathLike[str], line: int, found: str, instead: str) -> None:
        """Record a fault: what was found, and what to write instead."""
        self.errors.append(Problem(os.fspath(file), line, f"{found}; {instead}"))

    def warn(self, file: str | os.PathLike[str], line: int, found: str, consequence: str) -> None:
        """Record something unusual that was read all the same, and what became of it."""
        self.warnings.append(Problem(os.fspath(file), line, f"{found}; {consequence}"))

    def raise_errors(self) -> None:
        """End the run when there is any error.

        Raises:
            SourceError: with all errors, sorted by file and line.
        """
        if self.errors:
            raise SourceError(sorted(set(self.errors)), sorted(set(self.warnings)))

    def __iter__(self) -> Iterator[Problem]:
        yield from sorted(set(self.errors))
        yield from sorted(set(self.warnings))
