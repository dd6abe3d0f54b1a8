"""A shape in, where it looks out: its targets and the paths from them, as a SPARQL pattern (SHACL 2.1)."""

from __future__ import annotations

from dataclasses import dataclass

from rdflib import SH
from rdflib.term import Node

from rolegraph.shacl.context import Context
from rolegraph.shacl.paths import Path
from rolegraph.shacl.shapes import Shape


@dataclass(frozen=True, slots=True)
class Focus:
    """The focus nodes of a shape: some targets, and the paths that lead from them to where it looks."""

    context: Context
    targets: tuple[tuple[Node, Node], ...]
    steps: tuple[Path, ...] = ()

    @property
    def around(self) -> str:
        """The variables of the nodes on the way, each of which asks for results of its own (SHACL 3.4.1)."""
        return "".join(f"?around_{number} " for number in range(len(self.steps)))

    def step(self, path: Path | None) -> Focus:
        """The focus nodes of a property shape inside one with this path."""
        return self if path is None else Focus(self.context, self.targets, (*self.steps, path))

    def pattern(self, variable: str) -> str:
        """A group pattern that binds a variable to each focus node, perhaps more than once."""
        current = "?around_0" if self.steps else variable
        text = self._targets(current)
        for number, path in enumerate(self.steps, start=1):
            after = variable if number == len(self.steps) else f"?around_{number}"
            text += f" {current} {path} {after} ."
            current = after
        return text

    def once(self, variable: str) -> str:
        """A group pattern that binds a variable to each focus node once."""
        if self.is_once:
            return self.pattern(variable)
        return f"{{ SELECT DISTINCT {self.around}{variable} WHERE {{ {self.pattern(variable)} }} }}"

    def nodes(self, variable: str) -> str:
        """A group pattern that binds a variable to each focus node once, and no other variable."""
        if self.is_once:
            return self.pattern(variable)
        return f"{{ SELECT DISTINCT {variable} WHERE {{ {self.pattern(variable)} }} }}"

    def query(self) -> str:
        """A query for each focus node, once, as `?this`."""
        return f"SELECT DISTINCT ?this WHERE {{ {self.pattern('?this')} }}"

    def select(self, columns: str, where: str) -> str:
        """A query over all focus nodes, as `?this`; `columns` are those beside it."""
        return f"SELECT DISTINCT {self.around}?this{columns} WHERE {{ {self.pattern('?this')} {where} }}"

    def counted(self, where: str, condition: str, columns: str = "") -> str:
        """A query for the focus nodes whose number of distinct `?value` meets a condition."""
        group = f"{self.around}?this{columns}"
        return (
            f"SELECT {group} WHERE {{ {self.once('?this')} {where} }} "
            f"GROUP BY {group} HAVING(COUNT(DISTINCT ?value) {condition})"
        )

    @property
    def is_once(self) -> bool:
        """Whether `pattern` gives each node once as it is."""
        if self.steps or len(self.targets) != 1:
            return False
        [(kind, value)] = self.targets
        return kind == SH.targetNode or (kind == SH.targetClass and len(self.context.subclasses(value)) == 1)

    def _targets(self, variable: str) -> str:
        parts = [self._target(kind, value, variable) for kind, value in self.targets]
        if len(parts) == 1:
            return parts[0]
        return " UNION ".join(f"{{ {part} }}" for part in parts)

    def _target(self, kind: Node, value: Node, variable: str) -> str:
        context = self.context
        if kind == SH.targetNode:
            return f"VALUES {variable} {{ {context.term(value)} }}"
        if kind == SH.targetClass:
            classes = context.subclasses(value)
            if len(classes) == 1:
                return f"{variable} a {classes[0]} ."
            type_ = context.variable()
            return f"VALUES {type_} {{ {' '.join(classes)} }} {variable} a {type_} ."
        other = context.variable()
        subject, object_ = (variable, other) if kind == SH.targetSubjectsOf else (other, variable)
        return f"{subject} {context.iri(value)} {object_} ."


def focus_of(context: Context, shape: Shape) -> Focus:
    """The focus nodes that a shape's own targets give."""
    return Focus(context, shape.targets)
