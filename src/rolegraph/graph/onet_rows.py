"""The rows of one O*NET file in, their quads out: one node per row.

The quads of a database are most of a snapshot, so each distinct cell is turned into the ends of its
quads once, and a row is its subject in front of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Final

from rolegraph.graph.nquads import RDF_TYPE, QuadWriter, decimal, integer, lang_text, node, text
from rolegraph.iris import Iris, row_part
from rolegraph.model.onet import CODE_COLUMN, NULLS, Column, ColumnKind, OnetTable
from rolegraph.model.onet_order import row_key
from rolegraph.model.onet_tables import TASK_SLUG
from rolegraph.terms import term

LANGUAGE: Final = "en"
_TRUE: Final = f'"true"^^{term("xsd:boolean")}'
_FALSE: Final = f'"false"^^{term("xsd:boolean")}'


def build_rows(table: OnetTable, iris: Iris, writer: QuadWriter, file: str | None = None) -> None:
    """Write each row's node with all its columns, its source text and the link to it.

    Args:
        table: sound rows.
        iris: mints the IRIs.
        writer: receives the quads.
        file: the IRI of the file, where the class of its rows does not tell it.
    """
    spec = table.spec
    columns = [
        (index, _Tails(column, iris, writer))
        for column in spec.columns
        if column.predicates and column.kind != "task" and (index := table.column(column.header)) is not None
    ]
    # The nodes that other rows refer to get their class where all of them are known.
    fixed = [writer.tail(RDF_TYPE, term(spec.row_class))] if spec.node in {"row", "occupation"} else []
    if file is not None:
        fixed.append(writer.tail(term("rg:onetFile"), node(file)))
    source_row, subject_of = term("rg:sourceRow"), row_minter(table, iris)
    write_link, write_tasks = _linker(table, iris, writer), _task_writer(table, iris, writer)
    for place, line, cells in _with_places(table):
        subject = subject_of(cells)
        write_link(cells, subject)
        row_tails = fixed.copy()
        for index, tails in columns:
            row_tails += tails[cells[index]]
        writer.add_tails(subject, row_tails)
        write_tasks(cells, subject)
        writer.add(subject, source_row, _line_text(line))
        if place:
            writer.add(subject, term("rg:position"), integer(place))


def _with_places(table: OnetTable) -> Iterator[tuple[int, str, list[str]]]:
    """Each row with its place in its group, 0 where the cells of the group's rows tell their order.

    A group is the rows of an occupation, or all rows of a file that is not about occupations.
    """
    key = row_key(table.spec, table.header)
    rows = ((line, line.split("\t")) for line in table.rows)
    code = code_index(table)
    groups = groupby(rows, key=lambda row: row[1][code]) if table.spec.by_occupation else [("", rows)]
    for _, members in groups:
        group = list(members)
        keys = [key(cells) for _, cells in group]
        is_told = keys == sorted(keys)
        for number, (line, cells) in enumerate(group, start=1):
            yield 0 if is_told else number, line, cells


class _Tails(dict[str, tuple[str, ...]]):
    """Cell -> ends of the quads that it gives, made when a spelling is first met."""

    def __init__(self, column: Column, iris: Iris, writer: QuadWriter) -> None:
        super().__init__(dict.fromkeys(NULLS, ()))
        self._predicates = tuple(term(curie) for curie in column.predicates)
        self._tokens = _tokens_of(column.kind, iris)
        self._writer = writer

    def __missing__(self, cell: str) -> tuple[str, ...]:
        tail = self._writer.tail
        tails = tuple([tail(name, token) for token in self._tokens(cell) for name in self._predicates])
        self[cell] = tails
        return tails


class _Made(dict[str, str]):
    """Cell -> text made of it, when a spelling is first met."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, cell: str) -> str:
        made = self[cell] = self._make(cell)
        return made


def _node_minter(kind: ColumnKind, iris: Iris) -> Callable[[str], str] | None:
    """How a cell of this kind gives the IRI of a node; None for kinds that are values."""
    mint: dict[ColumnKind, Callable[[str], str]] = {
        "code": iris.onet,
        "occupation": iris.onet,
        "element": iris.onet_element,
        "scale": iris.onet_scale,
        "zone": iris.onet_job_zone,
        "commodity": iris.unspsc,
        "commodity_group": iris.unspsc,
    }
    return mint.get(kind)


def _tokens_of(kind: ColumnKind, iris: Iris) -> Callable[[str], Iterable[str]]:
    """How a cell of this kind is written as object tokens."""
    makers: dict[ColumnKind, Callable[[str], Iterable[str]]] = {
        "label": lambda cell: (lang_text(cell, LANGUAGE),),
        "codes": lambda cell: map(text, cell.split(",")),
        "integer": lambda cell: (integer(int(cell)),),
        "decimal": lambda cell: (decimal(cell),),
        "flag": lambda cell: (_TRUE if cell == "Y" else _FALSE,),
    }
    mint = _node_minter(kind, iris) if kind != "code" else None
    if mint is not None:
        return lambda cell: (node(mint(cell)),)
    return makers.get(kind, lambda cell: (text(cell),))


def row_minter(table: OnetTable, iris: Iris) -> Callable[[list[str]], str]:
    """How the cells of a row give the token of its node."""
    spec = table.spec
    owner = table.column(spec.columns[0].header) or 0
    mint = _node_minter(spec.columns[0].kind, iris)
    if mint is None:
        raise ValueError(f"the rows of {spec.file} belong to no node")
    if spec.node != "row":
        return lambda cells: node(mint(cells[owner]))
    keys = [index for name in spec.key if (index := table.column(name)) is not None]
    # The parts of `Iris.onet_row`, each made once.
    heads = _Made(lambda cell: f"<{iris.onet_row(mint(cell), spec.row_slug)}")
    parts = _Made(lambda cell: f"-{row_part(cell)}" if spec.joint_key or cell not in NULLS else "")
    if spec.joint_key:
        return lambda cells: f"{heads[cells[owner]]}{parts['|'.join([cells[index] for index in keys])]}>"
    return lambda cells: heads[cells[owner]] + "".join([parts[cells[index]] for index in keys]) + ">"


def code_index(table: OnetTable) -> int:
    """The position of the occupation's code; 0 in the files that have none."""
    return table.column(CODE_COLUMN) or 0


def _linker(table: OnetTable, iris: Iris, writer: QuadWriter) -> Callable[[list[str], str], None]:
    """How a row is linked from the node that it is about: its task, or what its first column names."""
    spec = table.spec
    mint = _node_minter(spec.columns[0].kind, iris)
    if not spec.link or mint is None:
        return lambda _cells, _subject: None
    link = term(spec.link)
    if spec.link_from:
        return _write_task(table, spec.link_from, lambda task, subject: writer.add(task, link, subject), iris)
    owner = table.column(spec.columns[0].header) or 0
    owners = _Made(lambda cell: node(mint(cell)))
    return lambda cells, subject: writer.add(owners[cells[owner]], link, subject)


def _task_writer(table: OnetTable, iris: Iris, writer: QuadWriter) -> Callable[[list[str], str], None]:
    """How the columns that name a task of the row's occupation are written."""
    column = next((each for each in table.spec.columns if each.kind == "task" and each.predicates), None)
    if column is None:
        return lambda _cells, _subject: None
    name = term(column.predicates[0])
    return _write_task(table, column.header, lambda task, subject: writer.add(subject, name, task), iris)


def _write_task(
    table: OnetTable, header: str, write: Callable[[str, str], None], iris: Iris
) -> Callable[[list[str], str], None]:
    """Call `write` with the token of the task that a row names, and that of the row."""
    index, code = table.column(header), code_index(table)
    if index is None:
        return lambda _cells, _subject: None

    def write_row(cells: list[str], subject: str) -> None:
        if cells[index] not in NULLS:
            write(node(iris.onet_row(iris.onet(cells[code]), TASK_SLUG, cells[index])), subject)

    return write_row


def _line_text(line: str) -> str:
    """The token of a source line: `text`, but quick where only tabs need an escape."""
    escaped = line.replace("\t", "\\t")
    if '"' in line or "\\" in line or not escaped.isprintable():
        return text(line)
    return f'"{escaped}"'
