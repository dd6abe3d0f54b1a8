"""The slots of SSSOM 1.1: which there are, and what their values are.

Source: the LinkML schema of SSSOM 1.1 (class `mapping`, annotations `propagated` and `multivalued`).
"""

from __future__ import annotations

from typing import Final

from rolegraph.terms import term

SLOTS: Final = (
    "record_id", "subject_id", "subject_label", "subject_category", "predicate_id", "predicate_label",
    "predicate_modifier", "object_id", "object_label", "object_category", "mapping_justification",
    "author_id", "author_label", "reviewer_id", "reviewer_label", "creator_id", "creator_label", "license",
    "subject_type", "subject_source", "subject_source_version", "object_type", "object_source",
    "object_source_version", "predicate_type", "mapping_provider", "mapping_source", "mapping_cardinality",
    "cardinality_scope", "mapping_tool", "mapping_tool_id", "mapping_tool_version", "mapping_date",
    "publication_date", "review_date", "confidence", "reviewer_agreement", "curation_rule",
    "curation_rule_text", "subject_match_field", "object_match_field", "match_string",
    "subject_preprocessing", "object_preprocessing", "similarity_score", "similarity_measure", "see_also",
    "issue_tracker_item", "other", "comment",
)  # fmt: skip
"""The 50 slots of a mapping in the order of the standard, which is that of the columns."""

REQUIRED: Final = ("subject_id", "predicate_id", "object_id", "mapping_justification")
"""Slots whose columns every file has."""

PROPAGATED: Final = frozenset(
    [
        "subject_type", "predicate_type", "object_type", "subject_source", "subject_source_version",
        "object_source", "object_source_version", "mapping_provider", "cardinality_scope", "mapping_tool",
        "mapping_tool_id", "mapping_tool_version", "mapping_date", "subject_match_field",
        "object_match_field", "subject_preprocessing", "object_preprocessing", "curation_rule",
        "curation_rule_text", "similarity_measure",
    ]
)  # fmt: skip
"""Slots that a header may hold for all of its rows."""

REFERENCES: Final = frozenset(
    [
        "record_id", "subject_id", "predicate_id", "object_id", "mapping_justification", "author_id",
        "reviewer_id", "creator_id", "subject_source", "object_source", "mapping_source", "mapping_tool_id",
        "subject_match_field", "object_match_field", "subject_preprocessing", "object_preprocessing",
        "curation_rule", "issue_tracker_item",
    ]
)  # fmt: skip
"""Slots whose values are things, written as CURIEs."""

MULTIVALUED: Final = frozenset(
    [
        "author_id", "author_label", "reviewer_id", "reviewer_label", "creator_id", "creator_label",
        "cardinality_scope", "subject_match_field", "object_match_field", "match_string",
        "subject_preprocessing", "object_preprocessing", "curation_rule", "curation_rule_text", "see_also",
    ]
)  # fmt: skip
"""Slots whose cell may hold several values with `|` between them, `\\|` for one inside a value."""

DATES: Final = frozenset(["mapping_date", "publication_date", "review_date"])
NUMBERS: Final[dict[str, tuple[float, float]]] = {
    "confidence": (0, 1),
    "reviewer_agreement": (-1, 1),
    "similarity_score": (0, 1),
}
"""Slots whose values are numbers, with the least and the greatest."""

REVIEW_STATUS: Final = term("rg:reviewStatus")[1:-1]
MAPPING_SOURCE: Final = term("rg:mappingSource")[1:-1]
