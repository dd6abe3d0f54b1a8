"""What each format of an export carries of a catalog's facts, and what is lost of them.

A loss is a function of facts. Losses commute, so any two formats can be brought to what both hold: each
takes the losses of the other. Why something is lost stands in docs/exports.md.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Final

import exports
from export_facts import KINDS, Fact, kind_of

Loss = Callable[[set[Fact]], set[Fact]]
Carried = dict[str, tuple[Loss, ...]]
"""Kind of facts -> what is lost of them, in order."""


def in_a_language(facts: set[Fact]) -> set[Fact]:
    """Of texts in several languages, the English one, or else the first."""
    several: dict[Fact, dict[str, str]] = defaultdict(dict)
    for *key, language, text in facts:
        several[tuple(key) if language else (*key, text)][language] = text
    kept = ((key, "" if "" in by else "en" if "en" in by else min(by), by) for key, by in several.items())
    return {(*(key if tag else key[:-1]), tag, by[tag]) for key, tag, by in kept}


def one_language(facts: set[Fact]) -> set[Fact]:
    """The same, where the file does not say which language it is."""
    return {(*fact[:-2], "", fact[-1]) for fact in in_a_language(facts)}


def english(facts: set[Fact]) -> set[Fact]:
    """English texts alone: a format of one language has no others of these."""
    return {fact for fact in facts if fact[-2] == "en"}


def in_one_line(facts: set[Fact]) -> set[Fact]:
    """White space as single spaces."""
    return {(*fact[:-1], " ".join(fact[-1].split())) for fact in facts}


def unbroken(facts: set[Fact]) -> set[Fact]:
    """Texts with a space for line breaks."""
    texts = {fact for fact in facts if isinstance(fact[-1], str)}
    lines = {(*fact[:-1], re.sub(r"\s*[\r\n]+\s*", " ", fact[-1]).strip()) for fact in texts}
    return lines | (facts - texts)


def visible(facts: set[Fact]) -> set[Fact]:
    """Texts with plain spaces for those that do not break, and without characters of no width."""
    spaces = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", " ") | dict.fromkeys("\u200b\u2060\ufeff", ""))
    return {(*fact[:-1], fact[-1].translate(spaces).strip()) for fact in facts}


def split_at(separator: str) -> Loss:
    """Texts that hold what parts the texts of a list are read as several."""

    def split(facts: set[Fact]) -> set[Fact]:
        return {
            (*fact[:-1], part.strip())
            for fact in facts
            for part in re.split(separator, fact[-1])
            if part.strip()
        }

    return split


def of_kinds(*kinds: str) -> Loss:
    """Facts about components of some kinds alone."""

    def those(facts: set[Fact]) -> set[Fact]:
        return {
            fact
            for fact in facts
            if all(kind_of(part) in kinds for part in fact[:3] if "/component/" in str(part))
            and not (len(fact) == 5 and fact[1] not in kinds)
        }

    return those


PILLAR: Final = of_kinds("skill", "knowledge", "competency")
RATED: Final = of_kinds("skill", "knowledge")
DESCRIBED: Final = of_kinds("task", "skill", "knowledge", "competency")


def only(*names: str) -> Loss:
    """Facts of some names alone."""
    return lambda facts: {fact for fact in facts if fact[1] in names}


def without_components(facts: set[Fact]) -> set[Fact]:
    """Labels of uses, not of which component."""
    return {(*fact[:2], "", *fact[3:]) for fact in facts}


def accepted(facts: set[Fact]) -> set[Fact]:
    """Mappings that somebody accepted."""
    return {fact for fact in facts if fact[3:] == ("", "accepted")}


def to_esco(*predicates: str) -> Loss:
    """Mappings to ESCO by some predicates."""
    return lambda facts: {
        fact for fact in facts if fact[1] in predicates and fact[2].startswith(exports.ESCO)
    }


def of_roles(facts: set[Fact]) -> set[Fact]:
    """Mappings of roles."""
    return {fact for fact in facts if "/role/" in fact[0]}


def in_role_files(facts: set[Fact]) -> set[Fact]:
    """Mappings that stand on roles: those of SSSOM files lead to ISCO, in the catalogs of these tests."""
    return {fact for fact in of_roles(facts) if "/isco/" not in fact[2]}


def as_esco(facts: set[Fact]) -> set[Fact]:
    """Components of ESCO's skills pillar, in which a competency is a skill."""
    return {(iri, "skill" if kind == "competency" else kind) for iri, kind in PILLAR(facts)}


def optional(facts: set[Fact]) -> set[Fact]:
    """Uses that nobody weighed are optional ones."""
    return {(code, part, importance or "optional") for code, part, importance in facts}


def released(facts: set[Fact]) -> set[Fact]:
    """What is published is called released in ESCO."""
    return {(c, name, "released" if value == "published" else value) for c, name, value in facts}


def as_concepts(facts: set[Fact]) -> set[Fact]:
    """The source of a mapping as the name of a concept."""
    return {(*f[:4], f[4].replace(" ", "_") if f[3] == "source" else f[4]) for f in facts}


def lasting(facts: set[Fact]) -> set[Fact]:
    """What became of a role, without the status of one that is in use."""
    return {fact for fact in facts if fact[1] in {"modified", "replaced_by"} or fact[2] == "deprecated"}


def roles_places(facts: set[Fact]) -> set[Fact]:
    """Entries of the taxonomy that roles are in: Tabiya has no place for super-functions."""
    return {fact for fact in facts if "/superfunction/" not in fact[0]}


def in_esco(facts: set[Fact]) -> set[Fact]:
    """What is the same in ESCO."""
    return {fact for fact in facts if fact[1].startswith(exports.ESCO)}


ROLE_FILE: Final[Carried] = {
    **dict.fromkeys(("about", "role", "title", "summary", "note", "text", "once", "place", "level"), ()),
    **dict.fromkeys(("none", "alias", "use", "order", "named", "importance", "proficiency", "tag"), ()),
}
ESCO_MAPPINGS: Final = (accepted, of_roles, to_esco("broadMatch"))
LISTED: Final = (english, in_one_line)
SKOS: Final[Carried] = {
    **dict.fromkeys(("about", "role", "title", "summary", "note", "place", "taxon"), ()),
    **dict.fromkeys(("other title", "hidden title", "use", "component", "label", "spelling"), ()),
    **dict.fromkeys(("definition", "same", "related"), ()),
    "once": (lasting,),
    "mapping": (accepted,),
}
GRAPH: Final[Carried] = dict.fromkeys(KINDS.keys() - {"named", "duty", "classified"}, ())
TABLES: Final[Carried] = {
    **ROLE_FILE,
    **dict.fromkeys(
        ("taxon", "component", "label", "spelling", "definition", "same", "mapping", "slot", "neighbour"), ()
    ),
}
ONE_TITLE: Final[Carried] = {
    "about": (), "role": (), "title": (one_language,), "summary": (one_language,),
}  # fmt: skip
CARRIES: Final[dict[str, Carried]] = {
    "esco-csv": {
        "about": (),
        "role": (),
        "title": (one_language, visible, in_one_line),
        "summary": (one_language, visible),
        "other title": (*LISTED, visible, split_at(r" \|(?= )")),
        "hidden title": LISTED,
        "once": (only("status", "modified"), released),
        "use": (PILLAR,),
        "importance": (PILLAR, optional),
        "component": (as_esco,),
        "label": (PILLAR, one_language, visible, in_one_line),
        "spelling": (PILLAR, *LISTED, visible, split_at(r" \|(?= )")),
        "definition": (PILLAR, one_language, visible),
        "mapping": ESCO_MAPPINGS,
    },
    "esco-rdf": {
        **dict.fromkeys(("about", "role", "title", "summary", "other title", "hidden title"), ()),
        "once": (only("status", "modified"), released),
        "use": (PILLAR,),
        "importance": (PILLAR, optional),
        "component": (as_esco,),
        **dict.fromkeys(("label", "spelling", "definition", "same"), (PILLAR,)),
        "mapping": ESCO_MAPPINGS,
    },
    "esco-mapping": {
        "about": (),
        "same": (in_esco,),
        "mapping": (accepted, to_esco("broadMatch", "closeMatch")),
    },
    "onet-text": {
        "about": (),
        "role": (),
        "title": (one_language, in_one_line),
        "summary": (one_language, in_one_line),
        "other title": LISTED,
        "named": (of_kinds("task", "skill", "knowledge"), one_language, without_components, in_one_line),
        "use": (RATED,),
        "proficiency": (RATED,),
    },
    "onet-rdf": {
        **ONE_TITLE,
        "title": (in_a_language,),
        "summary": (in_a_language,),
        "other title": (english,),
        "named": (of_kinds("task"), in_a_language),
        "use": (RATED,),
        "proficiency": (RATED,),
        "component": (RATED,),
        "label": (RATED, in_a_language),
        "neighbour": (),
    },
    "sssom": {"about": (), "mapping": (), "slot": (unbroken,)},
    "sssom-rdf": {"about": (), "mapping": (), "slot": (unbroken, as_concepts)},
    "skos": SKOS,
    "skos-xl": SKOS,
    "schema-org": {
        **ONE_TITLE,
        "other title": (english,),
        "use": (PILLAR,),
        "named": (
            of_kinds("skill", "knowledge", "competency", "qualification"), one_language, without_components,
        ),
        "duty": (),
        "classified": (),
    },
    "case": {
        **ONE_TITLE,
        "title": (in_a_language,),
        "other title": (english, split_at("; ")),
        "place": (),
        "taxon": (in_a_language,),
        "level": (),
        "once": (only("replaced_by"),),
        "use": (),
        "order": (),
        "named": (one_language,),
        "component": (),
        "label": (in_a_language,),
        "spelling": (english, split_at("; ")),
        "definition": (one_language,),
        "same": (),
    },
    "ctdl": {
        **dict.fromkeys(("about", "role", "title", "summary", "other title", "classified"), ()),
        "once": (only("version"),),
        **dict.fromkeys(("use", "component", "label"), (DESCRIBED,)),
    },
    "tabiya": {
        **ONE_TITLE,
        "other title": LISTED,
        "place": (),
        "taxon": (roles_places, one_language),
        "level": (),
        "use": (PILLAR,),
        "importance": (PILLAR,),
        "component": (as_esco,),
        "label": (PILLAR, one_language),
        "spelling": (PILLAR, *LISTED),
        "definition": (PILLAR, one_language),
    },
    "osmt": {
        "about": (),
        "component": (PILLAR,),
        "label": (PILLAR, one_language),
        "spelling": (PILLAR, english, split_at("; ")),
        "same": (PILLAR, in_esco),
    },
    "dcat": {"about": ()},
    "csv": TABLES,
    "parquet": TABLES,
    "nquads": GRAPH,
    "trig": GRAPH,
    "jsonld": GRAPH,
    "roles-yaml": {**ROLE_FILE, "mapping": (in_role_files,), "slot": (in_role_files,)},
    "roles-ndjson": {**ROLE_FILE, "mapping": (in_role_files,), "slot": (in_role_files,)},
}
"""Format -> the kinds of facts that it carries, each with what is lost of them; docs/exports.md says why."""
