"""Tokens of triples in, N-Triples or Turtle text out, written as they come: nothing is kept in memory."""

from __future__ import annotations

import re
from typing import IO, Final

from rolegraph.export import attribution
from rolegraph.export.extract import Extract
from rolegraph.graph.dataset import describe_dataset
from rolegraph.graph.nquads import RDF_TYPE, date, lang_text, node
from rolegraph.model.catalog import Kept, Labels
from rolegraph.terms import PREFIXES, term

_LOCAL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_TRUE: Final = f'"true"^^{term("xsd:boolean")}'


class TripleWriter:
    """Writes triples as N-Triples; subclasses write other syntaxes."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def comment(self, line: str) -> None:
        """Write a line for people; before the first triple only."""
        self._stream.write(f"# {' '.join(line.split())}\n")

    def add(self, subject: str, predicate: str, obj: str) -> None:
        """Write one triple of N-Triples tokens."""
        self._stream.write(f"{subject} {predicate} {obj} .\n")

    def labels(self, subject: str, predicate: str, labels: Labels | None) -> None:
        """Write a text in each of its languages."""
        for language, label in (labels or {}).items():
            self.add(subject, predicate, lang_text(label, language))

    def lasting(self, subject: str, record: Kept, replacement: str | None) -> None:
        """Write when something last changed, and what became of it; `replacement` is an IRI."""
        if record.modified is not None:
            self.add(subject, term("dcterms:modified"), date(record.modified))
        if record.deprecated:
            self.add(subject, term("owl:deprecated"), _TRUE)
        if replacement is not None:
            self.add(subject, term("dcterms:isReplacedBy"), node(replacement))
        self.labels(subject, term("skos:historyNote"), record.history_note)

    def close(self) -> None:
        """End the document."""


class TurtleWriter(TripleWriter):
    """Writes Turtle; triples of one subject that follow each other share it."""

    def __init__(self, stream: IO[str], prefixes: dict[str, str]) -> None:
        """Take the prefixes to declare; an IRI is shortened where what is left is a plain word."""
        super().__init__(stream)
        self._namespaces = sorted(prefixes.items(), key=lambda item: -len(item[1]))
        self._subject = ""
        self._predicate = ""
        self._is_begun = False

    def _begin(self) -> None:
        for prefix, namespace in sorted(self._namespaces):
            self._stream.write(f"@prefix {prefix}: <{namespace}> .\n")
        self._is_begun = True

    def add(self, subject: str, predicate: str, obj: str) -> None:
        """Write one triple of N-Triples tokens."""
        if not self._is_begun:
            self._begin()
        if subject != self._subject:
            end = " .\n\n" if self._subject else "\n"
            self._stream.write(f"{end}{self._short(subject)} {self._verb(predicate)} {self._short(obj)}")
        elif predicate != self._predicate:
            self._stream.write(f" ;\n    {self._verb(predicate)} {self._short(obj)}")
        else:
            self._stream.write(f", {self._short(obj)}")
        self._subject, self._predicate = subject, predicate

    def close(self) -> None:
        """End the last triple."""
        if not self._is_begun:
            self._begin()
        self._stream.write(" .\n" if self._subject else "")

    def _verb(self, token: str) -> str:
        return "a" if token == RDF_TYPE else self._short(token)

    def _short(self, token: str) -> str:
        if token.startswith("<"):
            iri = token[1:-1]
            for prefix, namespace in self._namespaces:
                if iri.startswith(namespace) and _LOCAL.match(iri, len(namespace)):
                    return f"{prefix}:{iri[len(namespace) :]}"
            return token
        if not token.endswith(">"):
            return token  # a string, with or without language
        value, _, datatype = token.rpartition("^^")
        return f"{value}^^{self._short(datatype)}"


def describe(extract: Extract, out: TripleWriter, *, with_references: bool = False) -> None:
    """Write what the data is, whose, and under which licence: as comments and as triples."""
    for line in attribution.lines(extract, with_references=with_references):
        out.comment(line)
    facts = extract.facts
    subject = node(extract.iris.catalog)
    describe_dataset(subject, facts, facts.credits, out.add)
    if facts.modified is not None:
        out.add(subject, term("dcterms:modified"), date(facts.modified))
    for statement in attribution.statements(extract) if with_references else ():
        out.add(subject, term("dcterms:rights"), lang_text(statement, "en"))


def prefixes_for(extract: Extract, *names: str) -> dict[str, str]:
    """The prefixes of vocabularies, and those of the catalog's own roles and places."""
    iris = extract.iris
    own = {
        "role": iris.role(""),
        "family": iris.family(""),
        "scheme": iris.scheme(""),
        "skill": iris.base + "component/skill/",
    }
    return {name: PREFIXES[name] for name in names} | own
