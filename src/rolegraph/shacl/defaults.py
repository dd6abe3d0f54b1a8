"""What to say of a finding whose shape has no sh:message."""

from __future__ import annotations

from typing import Final

from rdflib import Literal

from rolegraph.shacl.compile import Check

_SENTENCES: Final = {
    "Class": "The value is not of the class that the shape asks for.",
    "Datatype": "The value is not of the datatype that the shape asks for.",
    "NodeKind": "The value is not of the kind of node that the shape asks for.",
    "MinCount": "There are fewer values than the shape asks for.",
    "MaxCount": "There are more values than the shape allows.",
    "MinExclusive": "The value is not above the least that the shape names.",
    "MinInclusive": "The value is below the least that the shape allows.",
    "MaxExclusive": "The value is not below the most that the shape names.",
    "MaxInclusive": "The value is above the most that the shape allows.",
    "MinLength": "The text is shorter than the shape asks for.",
    "MaxLength": "The text is longer than the shape allows.",
    "Pattern": "The text does not have the form that the shape asks for.",
    "LanguageIn": "The text is in none of the languages that the shape allows.",
    "UniqueLang": "Two values are in one language.",
    "Equals": "The two properties do not have the same values.",
    "Disjoint": "The two properties share a value.",
    "LessThan": "The value is not less than that of the other property.",
    "LessThanOrEquals": "The value is more than that of the other property.",
    "Not": "The value conforms to a shape that it must not conform to.",
    "And": "The value does not conform to all of the shapes.",
    "Or": "The value conforms to none of the shapes.",
    "Xone": "The value does not conform to exactly one of the shapes.",
    "Node": "The value does not conform to the shape that is named.",
    "QualifiedMinCount": "Fewer values conform to the shape than are asked for.",
    "QualifiedMaxCount": "More values conform to the shape than are allowed.",
    "Closed": "The property is not among those that the shape names.",
    "HasValue": "The value that the shape asks for is missing.",
    "In": "The value is not among those that the shape lists.",
    "SPARQL": "The query of the shape finds this.",
}


def default_message(check: Check) -> Literal:
    """A sentence for a component."""
    component = check.component.rpartition("#")[2].removesuffix("ConstraintComponent")
    return Literal(_SENTENCES.get(component, f"The value breaks {check.component}."), lang="en")
