"""Mints every IRI of the data namespace from codes and labels (domain model: IRI policy)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from rolegraph.documents import is_iri
from rolegraph.errors import IriError

GRAPHS: Final = (
    "ontology",
    "shapes",
    "catalog",
    "levels",
    "mappings",
    "soc",
    "onet",
    "esco",
    "derived",
    "provenance",
)
"""Current named graphs; a triple that two of them would hold goes to the first in this order."""

_SEPARATORS = re.compile(r"[\s\-‐‑‒–]+")
_PLAIN = re.compile(r"[a-z0-9]+")
_SYMBOLS = {"+": "plus", "#": "sharp", "&": " and "}
_SLUG_LIMIT = 80


@lru_cache(maxsize=1 << 12)
def check_iri(text: str) -> str:
    """Return `text` when it is an absolute IRI (RFC 3987), as the store itself understands that.

    Raises:
        IriError: it is none.
    """
    if not is_iri(text):
        raise IriError(f"{text!r} is no absolute IRI")
    return text


def short_hash(text: str, length: int = 8) -> str:
    """The first `length` hex digits of the SHA-1 of `text`."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:length]


@lru_cache(maxsize=1 << 16)
def fold(label: str) -> str:
    """The form under which two spellings are one concept: case, Unicode, spaces and hyphens folded.

    >>> fold("Cross-Functional  Work") == fold("cross functional work")
    True
    """
    folded = unicodedata.normalize("NFKD", label).casefold()
    return _SEPARATORS.sub(" ", folded).strip()


@lru_cache(maxsize=1 << 16)
def slug(label: str) -> str:
    """The last part of a concept's IRI: depends on the label alone, never on what else exists.

    A hash is appended when anything other than case, spaces and hyphens was lost, so that
    labels which differ stay different.

    >>> slug("C++"), slug("C#"), slug("C"), slug("Incident Response")
    ('cplusplus', 'csharp', 'c', 'incident-response')
    >>> slug("CI/CD") == slug("CI CD")
    False
    """
    folded = fold(label)
    spelled = "".join(_SYMBOLS.get(char, char) for char in folded)
    base_letters = "".join(char for char in spelled if not unicodedata.combining(char))
    words = _PLAIN.findall(base_letters)
    joined = "-".join(words)
    whole = joined[:_SLUG_LIMIT].strip("-")
    kept_all = "".join(words) == spelled.replace(" ", "") and whole == joined
    if kept_all and joined:
        return whole
    return f"{whole}-{short_hash(folded, 6)}".strip("-")


@lru_cache(maxsize=1 << 14)
def row_part(part: str) -> str:
    """A key cell of an O*NET row as a part of its IRI: itself when plain, else its hash."""
    plain = part.isascii() and part.replace(".", "").replace("-", "").isalnum()
    return part if plain else short_hash(part, 12)


def forget_names() -> None:
    """Drop the names that are kept for quick look-ups: each may keep a whole block of memory from going."""
    for function in (check_iri, fold, slug, row_part):
        function.cache_clear()


class Iris:
    """Mints IRIs below one base; all methods return plain IRIs without angle brackets."""

    def __init__(self, base: str) -> None:
        """Take the data base of a catalog, which ends in `/`.

        Raises:
            IriError: the base is no absolute IRI, or does not end in `/`.
        """
        if not base.endswith("/"):
            raise IriError(f"base IRI {base!r} does not end in '/'")
        self.base = check_iri(base)

    def graph(self, name: str) -> str:
        """A named graph, by one of `GRAPHS` (or `release/<version>`)."""
        return f"{self.base}graph/{name}"

    def release(self, version: str) -> str:
        """A release, by its version."""
        return f"{self.base}release/{version}"

    def release_graph(self, version: str) -> str:
        """The named graph that holds the triples of a release."""
        return self.graph(f"release/{version}")

    def scheme(self, name: str) -> str:
        """A concept scheme: roles, components, soc2018, onetsoc2019 and so on."""
        return f"{self.base}scheme/{name}"

    def role(self, code: str) -> str:
        """A role, by its code such as SRES.GEN.P5."""
        return f"{self.base}role/{code}"

    def family(self, code: str) -> str:
        """A role family, by the first segment of its roles' codes."""
        return f"{self.base}family/{code}"

    def specialisation(self, code: str) -> str:
        """A specialisation, by family and focus (`SRES.GEN`)."""
        return f"{self.base}specialisation/{code}"

    def super_function(self, code: str) -> str:
        """A super-function, by its code in taxonomy.yaml."""
        return f"{self.base}superfunction/{slug(code)}"

    def component(self, kind: str, label: str) -> str:
        """A component; kind in the singular, with `-` for `_`."""
        return f"{self.base}component/{kind.replace('_', '-')}/{slug(label)}"

    def use(self, role_code: str, kind: str, label: str) -> str:
        """The use of a component by a role."""
        return f"{self.role(role_code)}#use-{kind.replace('_', '-')}-{slug(label)}"

    def alias(self, role_code: str, form: str, language: str) -> str:
        """A title alias of a role."""
        return f"{self.role(role_code)}#alias-{short_hash(f'{form}|{language}')}"

    def mapping(self, subject: str, predicate: str, modifier: str, obj: str) -> str:
        """A mapping, by the IRIs it connects and its modifier ("" or "Not")."""
        return f"{self.mapping_folder}{short_hash(f'{subject}|{predicate}|{modifier}|{obj}', 12)}"

    @property
    def mapping_folder(self) -> str:
        """What the IRIs of the catalog's own mappings begin with."""
        return f"{self.base}mapping/"

    def mapping_set(self, name: str) -> str:
        """A set of mappings that its own file gives no IRI (`esco-onet-commission`, `catalog`)."""
        return f"{self.base}mappingset/{name}"

    def crosswalk_row(self, mapping_set: str, key: str) -> str:
        """A mapping of somebody else's set, by the IRI of the set and what is mapped how, joined by `|`.

        Two sets may say the same, so the set is a part of it.
        """
        return f"{self.base}crosswalk/{short_hash(f'{mapping_set}|{key}', 12)}"

    def adjacency(self, role_code: str, edition: str, target_code: str) -> str:
        """The derived neighbourhood of two roles in one metric edition (`structural@1`)."""
        return f"{self.role(role_code)}#adj-{edition.replace('@', '-')}-{target_code}"

    @property
    def catalog(self) -> str:
        """The catalog itself, as a dataset."""
        return f"{self.base}catalog"

    def completeness(self, kind: str, code: str) -> str:
        """How complete a role, family, specialisation, level or the catalog is.

        A level may belong to a scheme of somebody else, so its measurement is a part of the catalog.
        """
        if kind == "level":
            return f"{self.catalog}#quality-completeness-{code}"
        return f"{self.catalog if kind == 'catalog' else f'{self.base}{kind}/{code}'}#quality-completeness"

    def soc(self, code: str) -> str:
        """A SOC 2018 group or occupation (`15-1252`, `15-0000`)."""
        return f"{self.base}soc2018/{code}"

    def onet(self, code: str) -> str:
        """An O*NET-SOC 2019 occupation (`15-1252.00`)."""
        return f"{self.base}onetsoc2019/{code}"

    def onet_2010(self, code: str) -> str:
        """An occupation of O*NET-SOC 2010, which O*NET used up to release 25.0."""
        return f"{self.base}onetsoc2010/{code}"

    def onet_element(self, element_id: str) -> str:
        """An element of O*NET's content model (`2.A.1.a`)."""
        return f"{self.base}onetelement/{element_id}"

    def onet_scale(self, scale_id: str) -> str:
        """A rating scale of O*NET (`IM`)."""
        return f"{self.base}onetscale/{scale_id}"

    def onet_job_zone(self, number: str) -> str:
        """A job zone of O*NET (`4`)."""
        return f"{self.base}onetjobzone/{number}"

    def unspsc(self, code: str) -> str:
        """A UNSPSC commodity (`43232408`), by which O*NET groups technology."""
        return f"{self.base}unspsc/{code}"

    @property
    def references(self) -> tuple[str, ...]:
        """What the IRIs of entries of SOC and O*NET begin with."""
        minters = (
            self.soc, self.onet, self.onet_2010, self.onet_element, self.onet_scale, self.onet_job_zone,
            self.unspsc,
        )  # fmt: skip
        return tuple(mint("") for mint in minters)

    def onet_file(self, table: str) -> str:
        """A file of an O*NET database, by its slug (`alternate-titles`)."""
        return f"{self.base}onetfile/{table}"

    @property
    def esco_files(self) -> str:
        """What the IRIs of ESCO's files and of their rows begin with."""
        return f"{self.base}escofile/"

    def esco_file(self, folder: str, name: str) -> str:
        """A file of ESCO, by its folder or archive and its name (`esco_1.2.1`, `skills_en.csv`)."""
        return f"{self.esco_files}{quote(folder, safe='')}/{quote(name, safe='')}"

    def esco_row(self, file: str, cells: str) -> str:
        """A row of a file of ESCO, by the IRI of the file and the cells as they are kept."""
        return f"{file}#row-{short_hash(cells, 12)}"

    def onet_row(self, owner: str, table: str, *key: str) -> str:
        """A row of an O*NET file, by the IRI that it belongs to, the file and its key columns."""
        return f"{owner}#{'-'.join([table, *map(row_part, key)])}"
