"""Files of shapes as one graph that knows its files and lines, and the faults that are found in them."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from rdflib import RDF, RDFS, SH, BNode, Graph, URIRef
from rdflib import Literal as Text
from rdflib.term import Node

from rolegraph.shacl.turtle_places import TurtlePlaces
from rolegraph.terms import prefixed_forms

Level = Literal["error", "warning"]

TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf, SH.target)
REFERENCES: Final = (SH.node, SH.property, SH["not"], SH.qualifiedValueShape)
"""Parameters whose value is a shape."""
LISTS_OF_SHAPES: Final = (SH["and"], SH["or"], SH.xone)
_TURTLE: Final = {".ttl", ".nt", ".n3", ".trig", ".nq"}


@dataclass(frozen=True, slots=True, order=True)
class LintFault:
    """Something wrong with a shape: where, what was found, and what to write instead.

    An "error" is what SHACL calls ill-formed or what no engine can run; a "warning" is allowed and
    surely not meant. `line` counts from 1, 0 where it is not known; `shape` and `term` are short names.
    """

    file: str
    line: int
    shape: str
    term: str
    found: str
    instead: str
    level: Level = "error"

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.file}:{self.line}: {self.sentence}"

    @property
    def sentence(self) -> str:
        """The fault without its place."""
        return f"{self.subject}{self.found}; {self.instead}"

    @property
    def subject(self) -> str:
        """Shape and term, with a colon."""
        about = ", ".join(part for part in (self.shape, self.term) if part)
        return f"{about}: " if about else ""


@dataclass
class Reading:
    """The shapes of several files, and a list that faults are put on.

    Attributes:
        graph: all of them.
        places: file -> where its terms are.
        file_of: subject -> the file that describes it.
    """

    graph: Graph
    places: dict[str, TurtlePlaces]
    file_of: dict[Node, str]
    faults: set[LintFault] = field(default_factory=set)
    _owners: dict[Node, URIRef | None] = field(default_factory=dict)

    def error(
        self,
        node: Node,
        term: Node | None,
        found: str,
        instead: str,
        *,
        value: Node | None = None,
        row: int = 1,
    ) -> None:
        """Put a fault on the list that makes the shapes unfit to run.

        Args:
            node: the shape, or a blank node inside it.
            term: the parameter that is wrong, None for the shape as a whole.
            found: what was found.
            instead: what to write.
            value: the value that is wrong, which may stand on a line of its own.
            row: the line inside that value, where it is a text of several.
        """
        self._add("error", node, term, (found, instead), value, row)

    def warn(
        self,
        node: Node,
        term: Node | None,
        found: str,
        instead: str,
        *,
        value: Node | None = None,
        row: int = 1,
    ) -> None:
        """Put something on the list that is allowed and surely not meant; as `error` otherwise."""
        self._add("warning", node, term, (found, instead), value, row)

    def _add(
        self,
        level: Level,
        node: Node,
        term: Node | None,
        words: tuple[str, str],
        value: Node | None,
        row: int,
    ) -> None:
        file = self.file_of.get(node) or next(iter(self.places), "")
        shape = "" if node is None else self.shown(node)
        line = self._line(file, node, term, value)
        self.faults.add(
            LintFault(
                file=file,
                line=line + row - 1 if line else 0,
                shape=shape,
                term=self.shown(term) if term is not None else "",
                found=words[0],
                instead=words[1],
                level=level,
            )
        )

    def _line(self, file: str, node: Node, term: Node | None, value: Node | None) -> int:
        places = self.places.get(file)
        if places is None:
            return 0
        owner = self.owner(node)
        subject = "_:" if owner is None else str(owner)
        text = None if value is None or isinstance(value, BNode) else str(value)
        if text is None:
            nameless = [blank for blank in (value, node) if isinstance(blank, BNode)]
            for line in (self._anchor(places, blank, subject) for blank in nameless):
                if line:
                    return line
        if isinstance(value, BNode) and (lines := places.lines(subject, str(term))):
            return lines[-1]
        return places.line(subject, str(term) if term is not None else "", text)

    def last(self, node: Node, term: Node, values: list[Node]) -> Node:
        """The value that stands last in the file, as far as that is known."""
        file = self.file_of.get(node, "")
        return max(values, key=lambda value: (self._line(file, node, term, value), str(value)))

    def _anchor(self, places: TurtlePlaces, node: BNode, subject: str) -> int:
        """The line of something that only this blank node says."""
        for predicate, value in sorted(self.graph.predicate_objects(node), key=str):
            if not isinstance(value, BNode):
                lines = places.lines(subject, str(predicate), str(value))
                if len(lines) == 1:
                    return lines[0]
        return 0

    def owner(self, node: Node) -> URIRef | None:
        """The node with a name that a blank node belongs to."""
        if isinstance(node, URIRef):
            return node
        if node not in self._owners:
            waiting, seen, found = deque([node]), {node}, None
            while waiting and found is None:
                for parent in sorted(self.graph.subjects(None, waiting.popleft()), key=str):
                    if isinstance(parent, URIRef):
                        found = parent
                        break
                    if parent not in seen:
                        seen.add(parent)
                        waiting.append(parent)
            self._owners[node] = found
        return self._owners[node]

    def shown(self, node: Node) -> str:
        """What to call a node: a prefixed name, a quoted text, or the shape that a blank node is part of."""
        if isinstance(node, BNode):
            owner = self.owner(node)
            return "a shape without a name" if owner is None else self.shown(owner)
        if isinstance(node, Text):
            text = str(node) if len(node) <= 60 else f"{node[:57]}…"
            return f'"{text}"'
        own = [
            (prefix, str(node).removeprefix(iri))
            for places in self.places.values()
            for prefix, iri in places.prefixes.items()
            if iri and str(node).startswith(iri)
        ]
        for prefix, local in sorted([*prefixed_forms(str(node)), *own], key=lambda pair: len(pair[1])):
            if local.replace("-", "").replace("_", "").replace(".", "").isalnum():
                return f"{prefix}:{local}"
        return f"<{node}>"

    @cached_property
    def shapes(self) -> list[Node]:
        """Every node that is a shape (SHACL 2.1), by name; parameters of components are none."""
        return sorted(self._shapes() - set(self.graph.objects(None, SH.parameter)), key=_order)

    @cached_property
    def shape_set(self) -> frozenset[Node]:
        """The shapes, for look-ups."""
        return frozenset(self.shapes)

    def _shapes(self) -> set[Node]:
        graph = self.graph
        classes = {
            c for k in (SH.NodeShape, SH.PropertyShape) for c in graph.transitive_subjects(RDFS.subClassOf, k)
        }
        found = {node for kind in classes for node in graph.subjects(RDF.type, kind)}
        for predicate in (*TARGETS, *REFERENCES, *LISTS_OF_SHAPES, *PARAMETERS_OF_SHAPES):
            found |= set(graph.subjects(predicate, None))
        found |= {
            value for p in REFERENCES for value in graph.objects(None, p) if (value, None, None) in graph
        }
        for predicate in LISTS_OF_SHAPES:
            for head in graph.objects(None, predicate):
                found |= {member for member in self.members(head) if (member, None, None) in graph}
        return found

    def members(self, head: Node) -> Iterator[Node]:
        """The members of a list, as far as it is one."""
        seen: set[Node] = set()
        while head not in seen and head != RDF.nil:
            seen.add(head)
            yield from self.graph.objects(head, RDF.first)
            rest = self.graph.value(head, RDF.rest)
            if rest is None:
                return
            head = rest

    def referred(self, shape: Node) -> list[tuple[Node, Node]]:
        """(parameter, shape) of every shape that one refers to."""
        found = [(p, value) for p in REFERENCES for value in self.graph.objects(shape, p)]
        for predicate in LISTS_OF_SHAPES:
            for head in self.graph.objects(shape, predicate):
                found += [(predicate, member) for member in self.members(head)]
        return sorted(found, key=lambda pair: (_order(pair[1]), str(pair[0])))


def _order(node: Node) -> tuple[bool, str]:
    """Names before blank nodes, whose labels say nothing."""
    return isinstance(node, BNode), str(node)


PARAMETERS_OF_SHAPES: Final = (
    SH["class"], SH.datatype, SH.nodeKind, SH.minCount, SH.maxCount, SH.minExclusive, SH.minInclusive,
    SH.maxExclusive, SH.maxInclusive, SH.minLength, SH.maxLength, SH.pattern, SH.languageIn, SH.uniqueLang,
    SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals, SH.closed, SH.hasValue, SH["in"], SH.sparql,
)  # fmt: skip
"""Parameters that make a node a shape, beside those that refer to other shapes."""


def read(graphs: Mapping[str, Graph]) -> Reading:
    """Join the graphs of several files, each with blank nodes of its own."""
    joined, file_of = Graph(), dict[Node, str]()
    for number, (file, graph) in enumerate(graphs.items()):
        names: dict[Node, BNode] = defaultdict(BNode)
        rename = number > 0
        for subject, predicate, value in graph:
            own = names[subject] if rename and isinstance(subject, BNode) else subject
            other = names[value] if rename and isinstance(value, BNode) else value
            joined.add((own, predicate, other))
            file_of.setdefault(own, file)
    return Reading(joined, dict(_places(graphs)), file_of)


def _places(files: Iterable[str]) -> Iterator[tuple[str, TurtlePlaces]]:
    for file in files:
        path = Path(file)
        if path.suffix.lower() in _TURTLE and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            yield file, TurtlePlaces(text, path.absolute().as_uri())
