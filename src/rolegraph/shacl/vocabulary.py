"""The terms of SHACL's namespace: which there are, what kind each is, and which are run here."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final, Literal

NAMESPACE: Final = "http://www.w3.org/ns/shacl#"

Kind = Literal["class", "property", "individual"]

_CLASSES: Final = """
    AbstractResult ConstraintComponent NodeKind NodeShape Parameter Parameterizable PrefixDeclaration
    PropertyGroup PropertyShape SPARQLAskExecutable SPARQLAskValidator SPARQLConstraint SPARQLExecutable
    SPARQLSelectExecutable SPARQLSelectValidator Severity Shape ValidationReport ValidationResult Validator
"""
_PROPERTIES: Final = """
    alternativePath and ask class closed conforms datatype deactivated declare defaultValue description
    detail disjoint entailment equals flags focusNode group hasValue ignoredProperties in inversePath
    labelTemplate languageIn lessThan lessThanOrEquals maxCount maxExclusive maxInclusive maxLength message
    minCount minExclusive minInclusive minLength name namespace node nodeKind nodeValidator not oneOrMorePath
    optional or order parameter path pattern prefix prefixes property propertyValidator qualifiedMaxCount
    qualifiedMinCount qualifiedValueShape qualifiedValueShapesDisjoint result resultMessage resultPath
    resultSeverity select severity shapesGraph shapesGraphWellFormed sourceConstraint
    sourceConstraintComponent sourceShape sparql suggestedShapesGraph targetClass targetNode targetObjectsOf
    targetSubjectsOf uniqueLang validator value xone zeroOrMorePath zeroOrOnePath
"""
_INDIVIDUALS: Final = (
    "BlankNode BlankNodeOrIRI BlankNodeOrLiteral IRI IRIOrLiteral Info Literal Violation Warning"
)
_COMPONENTS: Final = """
    And Class Closed Datatype Disjoint Equals HasValue In LanguageIn LessThan LessThanOrEquals MaxCount
    MaxExclusive MaxInclusive MaxLength MinCount MinExclusive MinInclusive MinLength Node NodeKind Not Or
    Pattern Property QualifiedMaxCount QualifiedMinCount SPARQL UniqueLang Xone
"""

_ADVANCED_CLASSES: Final = """
    Function JSConstraint JSExecutable JSFunction JSLibrary JSRule JSTarget JSTargetType JSValidator
    ResultAnnotation Rule SPARQLConstructExecutable SPARQLFunction SPARQLRule SPARQLTarget SPARQLTargetType
    SPARQLUpdateExecutable Target TargetType TripleRule
"""
_ADVANCED_PROPERTIES: Final = """
    annotationProperty annotationValue annotationVarName condition construct count desc distinct else exists
    expression filterShape groupConcat if intersection js jsFunctionName jsLibrary jsLibraryURL limit max min
    minus nodes object offset orderBy predicate resultAnnotation returnType rule separator subject sum target
    then union update values
"""
_ADVANCED_INDIVIDUALS: Final = "ExpressionConstraintComponent JSConstraintComponent this"


def _kinds(names: str, kind: Kind) -> dict[str, Kind]:
    return dict.fromkeys(names.split(), kind)


ADVANCED: Final[dict[str, Kind]] = {
    **_kinds(_ADVANCED_CLASSES, "class"),
    **_kinds(_ADVANCED_PROPERTIES, "property"),
    **_kinds(_ADVANCED_INDIVIDUALS, "individual"),
}
"""Terms of the notes SHACL Advanced Features and SHACL JavaScript Extensions, which nothing here runs."""

TERMS: Final[dict[str, Kind]] = {
    **_kinds(_CLASSES, "class"),
    **_kinds(_PROPERTIES, "property"),
    **_kinds(_INDIVIDUALS, "individual"),
    **dict.fromkeys((f"{name}ConstraintComponent" for name in _COMPONENTS.split()), "individual"),
    **ADVANCED,
}
"""Local name -> kind of every term."""


def nearest(name: str, kind: Kind | None = None) -> str:
    """The known term that a misspelt one most likely means; "" when none is near.

    >>> nearest("minCont", "property"), nearest("Nodeshape", "class"), nearest("colour")
    ('minCount', 'NodeShape', '')
    """
    known = [term for term, its_kind in TERMS.items() if term not in ADVANCED and kind in {None, its_kind}]
    lowered = {term.lower(): term for term in known}
    found = get_close_matches(name.lower(), lowered, n=1, cutoff=0.7)
    return lowered[found[0]] if found else ""
