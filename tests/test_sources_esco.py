"""Reading ESCO: the layouts of its releases, what is cleaned, what does not agree and every fault."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolegraph.errors import Problems
from rolegraph.graph.esco import build_esco
from rolegraph.graph.nquads import QuadWriter
from rolegraph.iris import Iris
from rolegraph.model.esco import ESCO, EscoData
from rolegraph.model.esco_tables import TABLES
from rolegraph.sources.esco import read_esco
from rolegraph.sources.import_report import ImportReport

CASES = Path(__file__).resolve().parent / "cases" / "sources" / "esco"
KEEPER, CLERK = (f"{ESCO}occupation/00000000-0000-4000-8000-{number:012d}" for number in (1, 2))
TRIM, TIDES, LORE = (f"{ESCO}skill/00000000-0000-4000-8000-{number:012d}" for number in (11, 12, 13))
LIGHTS = f"{ESCO}skill/00000000-0000-4000-8000-000000000021"

Edit = Callable[[str], str]


class Read:
    """What came of reading some sources; file names are told without their folder."""

    def __init__(self, *places: Path) -> None:
        self.problems, self.report = Problems(), ImportReport()
        self.data: EscoData = read_esco(places, self.problems, self.report)
        self.report.warn(self.problems)
        self._folders = [f"{place.parent}/" for place in places]

    def _texts(self, problems: list[object]) -> list[str]:
        texts = [str(problem) for problem in problems]
        for folder in self._folders:
            texts = [text.replace(folder, "") for text in texts]
        return texts

    @property
    def errors(self) -> list[str]:
        return self._texts(sorted(set(self.problems.errors)))

    @property
    def warnings(self) -> list[str]:
        return self._texts(sorted(set(self.problems.warnings)))

    @property
    def findings(self) -> list[str]:
        return self._texts([f"{f.file}:{f.line}: {f.reason}" for f in self.report.findings])


@pytest.fixture
def copy(tmp_path: Path) -> Callable[..., Path]:
    """A copy of a case under a name without a release, with some files edited."""

    def make(case: str = "1.1", edits: dict[str, Edit] | None = None, name: str = "esco") -> Path:
        folder = tmp_path / name
        shutil.copytree(CASES / case, folder)
        for file, edit in (edits or {}).items():
            text = (folder / file).read_bytes().decode()
            changed = edit(text)
            assert changed != text, "the edit changes nothing"
            (folder / file).write_bytes(changed.encode())
        return folder

    return make


def counts(data: EscoData) -> dict[str, int]:
    return {kind: data.count(kind) for kind in ("occupation", "skill", "skill_group", "isco_group", "scheme")}


@pytest.mark.parametrize(
    ("case", "version", "files", "expected"),
    [
        ("1.0", "1.0", 4, (2, 3, 0, 4, 0)),
        ("1.1", "1.1 or 1.2.0", 8, (2, 3, 4, 4, 0)),
        ("1.2.1", "1.2.1", 18, (3, 5, 4, 4, 15)),
    ],
)
def test_a_layout_is_known_by_its_headers(
    copy: Callable[..., Path], case: str, version: str, files: int, expected: tuple[int, ...]
) -> None:
    read = Read(copy(case))
    assert not read.errors
    assert [source.version for source in read.data.sources] == [version]
    assert len(read.data.sources[0].tables) == files
    assert tuple(counts(read.data).values()) == expected
    assert str(read.data.sources[0]) == f"esco: ESCO {version} in en, {files} files"


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("ESCO dataset - v1.2.0 - classification - en - csv", "1.2.0"),
        ("esco-1.1.1", "1.1.1"),
        ("esco-1.2.1", "1.1 or 1.2.0"),
        ("esco-2024", "1.1 or 1.2.0"),
    ],
)
def test_a_release_in_the_name_decides_what_headers_leave_open(
    copy: Callable[..., Path], name: str, version: str
) -> None:
    assert Read(copy("1.1", name=name)).data.sources[0].version == version


def test_every_file_of_the_format_is_read(copy: Callable[..., Path]) -> None:
    (source,) = Read(copy("1.2.1")).data.sources
    assert [table.spec.stem for table in source.tables] == [spec.stem for spec in TABLES]
    assert len(TABLES) == 18


def test_an_archive_says_the_same_as_its_folder(copy: Callable[..., Path], tmp_path: Path) -> None:
    folder, archive = copy("1.2.1"), tmp_path / "esco.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for path in folder.iterdir():
            target.write(path, f"ESCO dataset/{path.name}")
    read = Read(archive)
    assert not read.errors
    assert read.data.concepts == Read(folder).data.concepts


def test_languages_meet_on_one_concept() -> None:
    read = Read(CASES / "1.2.1", CASES / "1.2.1-fi")
    assert not read.errors
    assert tuple(counts(read.data).values()) == (3, 5, 4, 4, 15)
    keeper = read.data.concepts[KEEPER]
    assert keeper.one["skos:prefLabel", "en"] == "lamp keeper"
    assert keeper.one["skos:prefLabel", "fi"] == "lampunhoitaja"
    assert keeper.one["skos:notation", ""] == "9991.1"
    assert "1.2.1-fi/skills_fi.csv:15: there is no preferred label" in "\n".join(read.findings)


def test_a_text_that_was_not_translated_keeps_its_language() -> None:
    for places in ((CASES / "1.2.1", CASES / "1.2.1-fi"), (CASES / "1.2.1-fi", CASES / "1.2.1")):
        read = Read(*places)
        lights = read.data.concepts[LIGHTS]
        assert ("dcterms:description", "fi") not in lights.one
        assert lights.one["dcterms:description", "en"] == "Keeping lights alight."
        assert sum("is not in the language of the file" in text for text in read.findings) == 2


def test_a_slice_adds_to_what_a_release_says(copy: Callable[..., Path]) -> None:
    slice_ = copy("1.1", name="slice")
    for path in slice_.iterdir():
        if path.name not in {"occupations_en.csv", "occupationSkillRelations_en.csv"}:
            path.unlink()
    read = Read(CASES / "1.0", slice_)
    assert not read.errors
    assert read.data.concepts[KEEPER].one["skos:notation", ""] == "9991.1"
    assert read.data.concepts[KEEPER].many["esco:relatedEssentialSkill", ""] == {TRIM: None}
    assert [source.version for source in read.data.sources] == ["1.0", "1.1 or 1.2.0"]


def test_the_first_source_wins_and_the_other_spelling_is_told(copy: Callable[..., Path]) -> None:
    other = copy("1.1", {"skills_en.csv": lambda text: text.replace("trim lamps", "trim a lamp")})
    read = Read(CASES / "1.1", other)
    assert read.data.concepts[TRIM].one["skos:prefLabel", "en"] == "trim lamps"
    told = [text for text in read.findings if "differs" in text]
    assert told == [
        "esco/skills_en.csv:2: preferredLabel differs from what came before "
        "('trim a lamp' here, 'trim lamps' before); the first is kept"
    ]


def test_repeated_rows_labels_and_stray_spaces_are_told_by_row(copy: Callable[..., Path]) -> None:
    read = Read(copy("1.2.1"))
    assert not read.errors
    assert read.findings == [
        "esco/occupations_en.csv:7: a cell has stray, no-break or invisible spaces (description); "
        "they are removed or made plain ones",
        "esco/occupations_en.csv:7: altLabels repeats a label that is preferred ('tide clerk'); "
        "it is preferred only",
        "esco/occupations_en.csv:14: the row is there twice (as line 2); it is read once",
        "esco/skills_en.csv:19: the row is there twice (as line 8); it is read once",
        "esco/skills_en.csv:21: the row is there twice (as line 8); it is read once",
    ]
    assert len(read.warnings) == 4
    clerk = read.data.concepts[CLERK]
    assert clerk.one["dcterms:description", "en"] == "Tide clerks write the tables of the tides."
    assert clerk.many["skos:altLabel", "en"] == {"tide table clerk": None}


def test_a_hidden_label_is_no_other_label_as_well(copy: Callable[..., Path]) -> None:
    edit = {
        "skills_en.csv": lambda text: text.replace("tide tabels", '"interpret tide tables\nread tide tables"')
    }
    read = Read(copy("1.1", edit))
    concept = read.data.concepts[TIDES]
    assert concept.many["skos:altLabel", "en"] == {"interpret tide tables": None}
    assert concept.many["skos:hiddenLabel", "en"] == {}
    told = [text for text in read.findings if "hiddenLabels" in text]
    assert len(told) == 2
    assert "repeats a label that is alternative" in told[0]
    assert "repeats a label that is preferred" in told[1]


def test_lists_are_read_in_all_their_spellings(copy: Callable[..., Path]) -> None:
    edits = {
        "skills_en.csv": lambda text: text.replace("cut wicks\nshorten wicks", "cut wicks | shorten wicks"),
        "skillGroups_en.csv": lambda text: text.replace(",\n", " | "),
    }
    read, plain = Read(copy("1.1", edits)), Read(CASES / "1.1")
    assert read.data.concepts == plain.data.concepts
    assert read.data.concepts[TRIM].many["skos:altLabel", "en"] == dict.fromkeys(
        ["cut wicks", "shorten wicks"]
    )


def test_a_relation_to_an_unknown_skill_is_kept_and_told(copy: Callable[..., Path]) -> None:
    unknown = f"{ESCO}skill/unknown"
    edit = {"occupationSkillRelations_en.csv": lambda text: text.replace(TRIM, unknown)}
    read = Read(copy("1.1", edit))
    assert read.data.concepts[KEEPER].many["esco:relatedEssentialSkill", ""] == {unknown: None}
    assert read.data.count("skill") == 3
    assert (
        "esco/occupationSkillRelations_en.csv:2: skillUri names what no file defines "
        f"({unknown}); the statement is kept"
    ) in read.findings


def test_a_label_that_only_a_relation_has_is_used(copy: Callable[..., Path]) -> None:
    edits = {
        "skills_en.csv": lambda text: text.replace("trim lamps", ""),
        "digCompSkillsCollection_en.csv": lambda text: text.replace("trim lamps", ""),
        "occupationSkillRelations_en.csv": lambda text: text.replace("tide lore", "lore of tides"),
    }
    read = Read(copy("1.2.1", edits))
    assert read.data.concepts[TRIM].one["skos:prefLabel", "en"] == "trim lamps"
    assert read.data.concepts[LORE].one["skos:prefLabel", "en"] == "tide lore"
    (filled,) = [text for text in read.findings if "says what its own file does not" in text]
    assert filled == (
        "esco/greenSkillsCollection_en.csv:2: broaderConceptPT says what its own file does not "
        f"({TRIM} trim lamps); it is taken from here"
    )
    differing = [text for text in read.findings if "is not what its own file says" in text]
    assert len(differing) == 2
    assert "skillLabel" in differing[0]
    assert "'lore of tides' here, 'tide lore' there" in differing[0]


def test_a_skill_type_that_contradicts_is_told(copy: Callable[..., Path]) -> None:
    edit = {"skillSkillRelations_en.csv": lambda text: text.replace("skill/competence", "knowledge")}
    read = Read(copy("1.1", edit))
    assert read.data.concepts[TIDES].one["esco:skillType", ""] == f"{ESCO}skill-type/skill"
    assert (
        "skillSkillRelations_en.csv:2: originalSkillType is not what its own file says" in read.findings[-1]
    )


FAULTS: list[tuple[str, str, Edit, list[str]]] = [
    (
        "a wrong delimiter",
        "skills_en.csv",
        lambda text: text.replace(",", ";"),
        ["skills_en.csv:1: the header line is separated by ';'; separate columns by commas"],
    ),
    (
        "a missing mandatory column",
        "occupationSkillRelations_en.csv",
        lambda text: text.replace("relationType", "kind"),
        [
            "occupationSkillRelations_en.csv:1: column 'relationType' is missing; add it to"
        ],
    ),
    (
        "a column twice",
        "skills_en.csv",
        lambda text: text.replace("hiddenLabels", "altLabels"),
        ["skills_en.csv:1: column 'altLabels' occurs twice; keep one of the two"],
    ),
    (
        "ragged rows",
        "broaderRelationsOccPillar_en.csv",
        lambda text: text.replace("Occupation,", "Occupation,more,"),
        [
            "broaderRelationsOccPillar_en.csv:2: the row has 5 cells and the header 4; quote cells",
            "broaderRelationsOccPillar_en.csv:3: the row has 5 cells and the header 4; quote cells",
        ],
    ),
    (
        "a quote that is not closed",
        "skills_en.csv",
        lambda text: text.replace('shorten wicks"', "shorten wicks"),
        ["skills_en.csv:2: the row is no CSV"],
    ),
    (
        "IRIs that are none",
        "skills_en.csv",
        lambda text: text.replace(TRIM, "trim").replace("concept-scheme/member", "concept scheme<member"),
        [
            "skills_en.csv:2: conceptUri 'trim' is no IRI; write one such as",
            "skills_en.csv:2: inScheme 'http://data.europa.eu/esco/concept-scheme/skills,\\n",
            "skills_en.csv:5: inScheme 'http://data.europa.eu/esco/concept-scheme/skills,\\n",
            "skills_en.csv:8: inScheme 'http://data.europa.eu/esco/concept-scheme/skills,\\n",
        ],
    ),
    (
        "words that are not in a list",
        "skills_en.csv",
        lambda text: text.replace("knowledge", "know-how").replace("sector-specific", "sector"),
        [
            "skills_en.csv:5: reuseLevel 'sector' is not in the list; write one of transversal,",
            "skills_en.csv:8: skillType 'know-how' is not in the list; write one of knowledge,",
        ],
    ),
    (
        "an unknown relation",
        "occupationSkillRelations_en.csv",
        lambda text: text.replace("essential", "useful").replace("optional", ""),
        [
            "occupationSkillRelations_en.csv:2: relationType 'useful' is not in the list; write one of",
            "occupationSkillRelations_en.csv:3: relationType '' says nothing; write a value",
        ],
    ),
    (
        "another kind of concept",
        "occupations_en.csv",
        lambda text: text.replace("Occupation,", "Job,", 1),
        ["occupations_en.csv:2: conceptType 'Job' is not in the list; write one of Occupation"],
    ),
    (
        "no date and no code",
        "occupations_en.csv",
        lambda text: text.replace("2024-01-25T11:28:50.29Z", "25.1.2024").replace(",9991,", ",lamps,"),
        [
            "occupations_en.csv:2: iscoGroup 'lamps' is no ISCO code; write one to four digits",
            "occupations_en.csv:2: modifiedDate '25.1.2024' is no date; write one such as",
            "occupations_en.csv:7: iscoGroup 'lamps' is no ISCO code; write one to four digits",
        ],
    ),
    (
        "a control character",
        "skills_en.csv",
        lambda text: text.replace("tide lore", "tide\x07lore"),
        ["skills_en.csv:8: preferredLabel 'tide\\x07lore' holds a control character"],
    ),
    ("an empty file", "skills_en.csv", lambda _text: "", ["skills_en.csv:1: the file is empty"]),
]


@pytest.mark.parametrize(
    ("file", "edit", "expected"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_a_fault_is_one_line_with_its_place(
    copy: Callable[..., Path], file: str, edit: Edit, expected: list[str]
) -> None:
    errors = Read(copy("1.1", {file: edit})).errors
    assert len(errors) == len(expected), errors
    for found, begin in zip(errors, expected, strict=True):
        assert found.startswith(f"esco/{begin}")


def test_faults_of_all_files_are_told_at_once(copy: Callable[..., Path]) -> None:
    edits = {file: edit for _, file, edit, _ in FAULTS}
    assert len({error.partition(":")[0] for error in Read(copy("1.1", edits)).errors}) == len(edits) == 4


def test_a_number_that_is_none_is_a_fault(copy: Callable[..., Path]) -> None:
    read = Read(copy("1.2.1", {"greenShareOcc_en.csv": lambda text: text.replace("0.25", "a quarter")}))
    assert read.errors == [
        "esco/greenShareOcc_en.csv:3: greenShare 'a quarter' is no number; write one such as 0.25"
    ]


def test_another_encoding_is_told_by_line(copy: Callable[..., Path]) -> None:
    folder = copy("1.1")
    path = folder / "skills_en.csv"
    path.write_bytes(path.read_bytes().replace(b"tide lore", b"tide l\xf6re"))
    (folder / "occupations_en.csv").write_text("conceptUri,preferredLabel\r\n", encoding="utf-16")
    assert Read(folder).errors == [
        "esco/occupations_en.csv:1: the file is UTF-16; save it as UTF-8",
        "esco/skills_en.csv:8: byte 0xF6 at column 125 is not UTF-8; save the file as UTF-8",
    ]


def test_sources_of_two_releases_are_told(copy: Callable[..., Path]) -> None:
    read = Read(copy("1.2.1"), CASES / "1.1")
    assert not read.errors
    found = [warning for warning in read.warnings if "are merged" in warning]
    assert len(found) == 1
    assert " here and 1.2.1 in " in found[0]
    assert not [w for w in Read(CASES / "1.2.1", CASES / "1.2.1-fi").warnings if "are merged" in w]


def test_another_separator_is_one_error_whatever_the_quotes(copy: Callable[..., Path]) -> None:
    folder = copy("1.1")
    path = folder / "occupations_en.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";") + '"a" b;c\n', encoding="utf-8")
    assert Read(folder).errors == [
        "esco/occupations_en.csv:1: the header line is separated by ';'; separate columns by commas"
    ]


def test_a_header_of_megabytes_is_a_short_message(copy: Callable[..., Path]) -> None:
    folder = copy("1.1")
    (folder / "occupations_en.csv").write_bytes(b"\0" * 1_000_000)
    assert max(map(len, Read(folder).errors)) < 600


def test_a_misspelt_column_is_told_by_its_nearest_name(copy: Callable[..., Path]) -> None:
    folder = copy("1.1")
    path = folder / "occupations_en.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("preferredLabel", "preferedLabel", 1), encoding="utf-8")
    assert Read(folder).errors == [
        "esco/occupations_en.csv:1: column 'preferredLabel' is missing; rename 'preferedLabel', or add it"
    ]


def test_a_file_without_rows_is_told(copy: Callable[..., Path]) -> None:
    folder = copy("1.1")
    path = folder / "occupations_en.csv"
    path.write_text(path.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    read = Read(folder)
    assert not read.errors
    found = "esco/occupations_en.csv:1: there is no row below the header; nothing comes from this file"
    assert found in read.warnings


def test_files_of_two_releases_in_one_folder_are_an_error(copy: Callable[..., Path]) -> None:
    folder = copy("1.2.1")
    shutil.copy(CASES / "1.1" / "occupations_en.csv", folder)
    assert Read(folder).errors == [
        "esco/broaderRelationsOccPillar_en.csv:1: broaderRelationsOccPillar_en.csv has column conceptLabel "
        "as in 1.2.1, but occupations_en.csv has no column naceCode as in 1.1 or 1.2.0; keep files of one "
        "release in a folder, and name others as a further source"
    ]
    assert not Read(CASES / "1.2.1", CASES / "1.1").errors


def test_labels_joined_into_relations_are_no_sign_of_a_release(copy: Callable[..., Path]) -> None:
    folder = copy("1.1")
    shutil.copy(CASES / "1.2.1" / "occupationSkillRelations_en.csv", folder)
    assert not Read(folder).errors


def test_a_new_column_is_told_and_not_read(copy: Callable[..., Path]) -> None:
    edit = {"greenShareOcc_en.csv": lambda text: text.replace("greenShare", "share,greenShare").replace(
        "keeper,", "keeper,x,").replace("work,", "work,y,").replace("clerk,", "clerk,z,")}  # fmt: skip
    read = Read(copy("1.2.1", edit))
    assert not read.errors
    assert read.warnings[0] == "esco/greenShareOcc_en.csv:1: column 'share' is not known; it is not read"
    assert read.data.concepts[KEEPER].one["rg:greenShare", ""] == "0.25"


def test_columns_are_found_by_name(copy: Callable[..., Path]) -> None:
    def swap(text: str) -> str:
        lines = [line.split(",") for line in text.splitlines()]
        return "".join(",".join(reversed(cells)) + "\n" for cells in lines)

    read = Read(copy("1.1", {"occupationSkillRelations_en.csv": swap}))
    assert not read.errors
    assert read.data.concepts == Read(CASES / "1.1").data.concepts


def test_missing_files_are_one_line(copy: Callable[..., Path]) -> None:
    folder = copy("1.0")
    for name in ("ISCOGroups_en.csv", "occupationSkillRelations_en.csv"):
        (folder / name).unlink()
    read = Read(folder)
    assert not read.errors
    (missing,) = [text for text in read.warnings if "no source of ESCO has" in text]
    assert "ISCOGroups, skillGroups, conceptSchemes" in missing
    assert "occupationSkillRelations" in missing


def test_other_files_are_named_and_one_without_a_language_is_an_error(copy: Callable[..., Path]) -> None:
    folder = copy("1.1")
    (folder / "dictionary_en.csv").write_text("filename\r\n", encoding="utf-8")
    (folder / "README.txt").write_text("about", encoding="utf-8")
    (folder / "skillGroups_en.csv").rename(folder / "skillGroups.csv")
    read = Read(folder)
    assert (
        read.warnings[0]
        == "esco: no concept is defined in README.txt, dictionary_en.csv; nothing of it is read"
    )
    assert read.errors == [
        "esco/skillGroups.csv: the file has no language in its name; call it skillGroups_en.csv or the like"
    ]


@pytest.mark.parametrize("language", ["en-us", "zh-Hant", "no", "sr-Latn-RS"])
def test_any_language_tag_can_stand_in_a_name(copy: Callable[..., Path], language: str) -> None:
    folder = copy("1.0")
    for path in list(folder.iterdir()):
        path.rename(folder / path.name.replace("_en", f"_{language}"))
    read = Read(folder)
    assert read.data.concepts[KEEPER].one["skos:prefLabel", language.lower()] == "lamp keeper"


def test_a_place_without_files_of_esco_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert Read(tmp_path / "empty", tmp_path / "none").errors == [
        "empty: there is no file such as occupations_en.csv; "
        "name an unpacked ESCO download (CSV edition) or its zip archive",
        "none: there is no such folder or zip archive; "
        "name an unpacked ESCO download (CSV edition) or its zip archive",
    ]


def test_a_truncated_archive_is_an_error(copy: Callable[..., Path], tmp_path: Path) -> None:
    archive = tmp_path / "esco.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for path in copy("1.0").iterdir():
            target.write(path, path.name)
    archive.write_bytes(archive.read_bytes()[:-40])
    assert len(Read(archive).errors) == 1


@settings(max_examples=150)
@given(st.data())
def test_no_damage_of_a_file_goes_unnoticed_or_ends_the_run(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Any byte may be wrong: the reader tells where, and what it gives is always a graph."""
    folder = tmp_path_factory.getbasetemp() / "damaged"
    if not folder.exists():
        shutil.copytree(CASES / "1.1", folder)
    path = folder / data.draw(st.sampled_from(sorted(path.name for path in (CASES / "1.1").iterdir())))
    sound = path.read_bytes()
    place = data.draw(st.integers(0, len(sound) - 1))
    path.write_bytes(sound[:place] + data.draw(st.binary(max_size=3)) + sound[place + 1 :])
    try:
        read = Read(folder)
    finally:
        path.write_bytes(sound)
    for problem in read.problems:
        assert problem.file.startswith(str(folder)) or problem.file == "damaged"
        assert problem.line >= 0
    lines: list[str] = []
    writer = QuadWriter("https://example.org/graph/esco", lines.append)
    build_esco(read.data, Iris("https://example.org/"), writer, writer)
    store = ox.Store()
    store.bulk_load("".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    assert len(store) == len(lines)
