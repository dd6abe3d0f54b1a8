"""A catalog in, the words out that must go with its data: title, publisher, licence, whose data is inside.

Sources: domain model, section 8; CC BY 4.0, section 3(a), asks for creator, licence and changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rolegraph.export.extract import Extract

ESCO: Final = "This service uses the ESCO classification of the European Commission."
"""What the Commission asks for where ESCO's data is shown."""

_REFERENCES: Final = {"onet": "O*NET", "esco": "ESCO"}
"""Named graph -> what the statement of its publisher calls it."""


def title(extract: Extract) -> str:
    """The name of the catalog, with its version where it has one."""
    facts = extract.facts
    return f"{facts.name} {facts.version}" if facts.version else facts.name


def licence(extract: Extract) -> str:
    """The licence in words; a catalog that names none is not thereby free to use."""
    return extract.facts.licence or "no licence is stated; ask the publisher"


def part(extract: Extract) -> str:
    """How much of the catalog was selected, in words."""
    total = extract.snapshot.manifest["roles"]
    count = total if extract.codes is None else len(extract.codes)
    return f"A part of the catalog: {count} of its {total} roles."


def acknowledgements(extract: Extract) -> list[str]:
    """What others ask for whose data the catalog took over: it is in its roles, and in every export."""
    return list(dict.fromkeys(credit.statement for credit in extract.facts.credits))


def statements(extract: Extract) -> list[str]:
    """What those ask for whose references the snapshot was built with (O*NET, ESCO), as the graph says it."""
    own = acknowledgements(extract)
    found = [row["rights"].value for row in extract.ask("rights")]
    return [statement for statement in found if statement not in own]


def lines(extract: Extract, *, with_references: bool = False) -> list[str]:
    """The attribution as lines of text.

    Args:
        extract: what is exported.
        with_references: whether data of the reference classifications is in the export, so that the
            statements of those who publish them belong to it.
    """
    found = [title(extract)]
    if extract.facts.publisher:
        found.append(f"Published by {extract.facts.publisher}.")
    found.append(f"Licence: {licence(extract)}")
    if extract.codes is not None:
        found.append(part(extract))
    found += acknowledgements(extract)
    return found + (statements(extract) if with_references else [])


def reference_text(extract: Extract, graph: str) -> str:
    """The content of a LICENSE file beside a copy of a reference: what its publisher asks for, no more."""
    found = [statement for statement in statements(extract) if _REFERENCES[graph] in statement]
    return "\n\n".join(found) + "\n"


def text(extract: Extract, further: Iterable[str] = (), *, with_references: bool = False) -> str:
    """The content of a LICENSE file; `further` are statements to add that are not in it yet."""
    found = lines(extract, with_references=with_references)
    # The statement of the graph goes on with what was modified.
    found += [words for words in further if not any(line.startswith(words) for line in found)]
    return "\n\n".join(found) + "\n"
