"""Mapping records in, SSSOM TSV 1.1 out: a YAML header, then one row a mapping.

What is written can be read again (`sources.sssom`) and written again to the same bytes. Of a file that
people keep every cell comes back; normalised are numbers (`0.70` to `0.7`), the order of the columns (that
of the standard), columns without any value (left out), white space around cells, slots that the header
gives for all rows (repeated in each), CURIEs (the set's own prefixes, the longest that fits), and the
review status (`approved` to `accepted`, `needs_review` where none is given).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import IO, Final

import yaml

from rolegraph.export.curies import Curies, data_prefixes, expanded
from rolegraph.export.extract import Extract
from rolegraph.export.sssom_sets import chosen_set
from rolegraph.model.catalog import Mapping
from rolegraph.model.crosswalk import CROSSWALK_CONFIDENCE
from rolegraph.model.mapping_set import MappingSet
from rolegraph.model.sssom import (
    MAPPING_SOURCE,
    MULTIVALUED,
    NUMBERS,
    REFERENCES,
    REQUIRED,
    REVIEW_STATUS,
    SLOTS,
)
from rolegraph.terms import PREFIXES

VERSION: Final = "1.1"
_SSSOM: Final = PREFIXES["sssom"]
_TYPES: Final = {CROSSWALK_CONFIDENCE: PREFIXES["xsd"] + "decimal"}
_STRING: Final = PREFIXES["xsd"] + "string"
_BREAK: Final = re.compile(r"\s*[\r\n]+\s*")
_BAR: Final = re.compile(r"(?<!\\)\|")
_SET_LISTS: Final = MULTIVALUED | {"mapping_set_source"}
_STANDARD_NAMES: Final = {REVIEW_STATUS: "ext_review_status", MAPPING_SOURCE: "ext_mapping_source"}


def write(extract: Extract, stream: IO[str]) -> None:
    """Write the mappings of an extract, or the crosswalk that it names."""
    header, rows, _ = chosen_set(extract)
    write_sssom(header, rows, data_prefixes(extract.iris), stream)


def write_sssom(
    mapping_set: MappingSet, mappings: Iterable[Mapping], prefixes: dict[str, str], stream: IO[str]
) -> None:
    """Write a mapping set.

    Args:
        mapping_set: becomes the header; its own prefixes and names of extension slots are kept.
        mappings: the rows, in this order; gone through several times.
        prefixes: for IRIs that the set's own prefixes do not fit.
        stream: a text stream that leaves line ends as they are.
    """
    names = extension_names(mapping_set, mappings)
    curies = Curies(mapping_set.prefixes, prefixes)
    columns: set[str] = set(REQUIRED)  # a set without rows has a header too

    def references() -> Iterator[str]:
        for mapping in mappings:
            for slot, value in cells(mapping, mapping_set, names):
                columns.add(slot)
                if slot in REFERENCES:
                    yield from _BAR.split(value)

    curies.prepare(references())
    for value in references():
        curies.shorten(value)
    order: list[str] = [slot for slot in SLOTS if slot in columns]
    order += [slot for slot in names.values() if slot in columns]
    _write_header(mapping_set, names, columns, curies, stream)
    writer = csv.DictWriter(stream, order, restval="", delimiter="\t", lineterminator="\n")
    writer.writeheader()
    for mapping in mappings:
        row = dict(cells(mapping, mapping_set, names))
        writer.writerow({slot: _shortened(slot, value, curies) for slot, value in row.items()})


def cells(mapping: Mapping, mapping_set: MappingSet, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The slots of a mapping that have a value, references as IRIs.

    Args:
        mapping: a mapping.
        mapping_set: the set whose prefixes CURIEs of the mapping are written in.
        names: IRI of an extension -> its slot.
    """
    fields: dict[str, str | None] = {
        "subject_id": mapping.subject,
        "subject_label": mapping.subject_label,
        "predicate_id": mapping.predicate,
        "predicate_modifier": mapping.modifier,
        "object_id": mapping.object,
        "object_label": mapping.object_label,
        "mapping_justification": mapping.justification,
        _reviewer_slot(mapping): mapping.reviewer,
        "review_date": mapping.review_date,
        "confidence": None if mapping.confidence is None else plain_number(str(mapping.confidence)),
        "comment": mapping.comment,
        names.get(REVIEW_STATUS, ""): mapping.review_status,
        names.get(MAPPING_SOURCE, ""): mapping.source,
    }
    for prop, value in mapping.extra:
        slot = prop.removeprefix(_SSSOM) if prop.startswith(_SSSOM) else names[prop]
        fields[slot] = plain_number(value) if slot in NUMBERS else value
    for slot, written in fields.items():
        found = _BREAK.sub(" ", written or "").strip()
        if found and slot in REFERENCES:
            parts = _BAR.split(found) if slot in MULTIVALUED else [found]
            yield slot, "|".join(expanded(part.strip(), mapping_set.prefixes) for part in parts)
        elif found:
            yield slot, found


def _reviewer_slot(mapping: Mapping) -> str:
    """A name alone is no reference: SSSOM has a slot of labels for it."""
    is_name = mapping.reviewer is not None and ":" not in mapping.reviewer
    has_label = any(prop == f"{_SSSOM}reviewer_label" for prop, _ in mapping.extra)
    return "reviewer_label" if is_name and not has_label else "reviewer_id"


def plain_number(written: str) -> str:
    """A number without trailing zeros and without an exponent.

    >>> plain_number("0.70"), plain_number("1.0")
    ('0.7', '1')
    """
    plain = f"{Decimal(written):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _shortened(slot: str, value: str, curies: Curies) -> str:
    if slot not in REFERENCES:
        return value
    parts = _BAR.split(value) if slot in MULTIVALUED else [value]
    return "|".join(curies.shorten(part) for part in parts)


def extension_names(mapping_set: MappingSet, mappings: Iterable[Mapping]) -> dict[str, str]:
    """IRI of each property that SSSOM does not have -> its slot: the set's name, or one made of the IRI."""
    names = {slot.property: slot.name for slot in mapping_set.extensions}
    used: set[str] = set()
    for mapping in mappings:
        used |= {prop for prop, _ in mapping.extra if not prop.startswith(_SSSOM)}
        used |= {REVIEW_STATUS} if mapping.review_status is not None else set()
        used |= {MAPPING_SOURCE} if mapping.source is not None else set()
    for prop in sorted(used - set(names)):
        name = _STANDARD_NAMES.get(prop) or _slot_name(prop)
        while name in names.values():
            name += "_"
        names[prop] = name
    return names


def _slot_name(iri: str) -> str:
    """A name such as `ext_crosswalk_code` for `…#crosswalkCode`."""
    local = re.split(r"[/#:]", iri.rstrip("/#:"))[-1]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", local).lower()
    return "ext_" + (re.sub(r"[^a-z0-9]+", "_", words).strip("_") or "slot")


def _write_header(
    mapping_set: MappingSet, names: dict[str, str], columns: set[str], curies: Curies, stream: IO[str]
) -> None:
    hints = {**_TYPES, **{slot.property: slot.type_hint for slot in mapping_set.extensions if slot.type_hint}}
    definitions = [
        {
            "slot_name": name,
            "property": curies.shorten(prop),
            "type_hint": curies.shorten(expanded(hints.get(prop, _STRING), mapping_set.prefixes)),
        }
        for prop, name in names.items()
        if name in columns
    ]
    header: dict[str, object] = {
        "sssom_version": VERSION,
        "mapping_set_id": mapping_set.iri,
        "mapping_set_title": mapping_set.title,
        "mapping_set_version": mapping_set.version,
        "license": mapping_set.licence,
        **{slot: _set_value(slot, values) for slot, values in mapping_set.details},
        "curie_map": curies.curie_map(["semapv", "skos"]),
        "extension_definitions": definitions,
    }
    said = {key: value for key, value in header.items() if value}
    text = yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=1 << 30)
    stream.writelines(f"# {line}\n" for line in text.rstrip("\n").split("\n"))


def _set_value(slot: str, values: tuple[str, ...]) -> str | list[str]:
    return list(values) if slot in _SET_LISTS or len(values) > 1 else values[0]
