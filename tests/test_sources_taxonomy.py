"""taxonomy.yaml and components/: records, and every fault with its line."""

from __future__ import annotations

from pathlib import Path

from rolegraph.errors import Problems
from rolegraph.sources.taxonomy import read_components, read_taxonomy


def lines(problems: Problems) -> list[str]:
    return [str(problem) for problem in problems]


def test_taxonomy_faults_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        """super_functions:
  - {code: technology, label: Technology}
families:
  - {code: ENG, label: Engineering, super_function: tecnology}
  - {code: eng, label: Engineering}
  - {code: ENG, label: Again}
specialisations:
  - {code: ENG, label: General}
""",
        encoding="utf-8",
    )
    problems = Problems()
    taxonomy = read_taxonomy(tmp_path, "t.yaml", "en", problems)
    assert taxonomy.super_functions["technology"].label == {"en": "Technology"}
    assert lines(problems) == [
        "t.yaml:4: super_function 'tecnology' of ENG is not listed; use one of: technology; or add it",
        "t.yaml:5: 'eng' is no code for families; write capital letters and digits, as in SRES",
        "t.yaml:6: ENG is already at t.yaml:4; list it once",
        "t.yaml:8: 'ENG' is no code for specialisations; write FAMILY.FOCUS, as in SRES.GEN",
    ]


def test_component_faults_are_named_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "components"
    folder.mkdir()
    (folder / "skill.yaml").write_text(
        """- label: {de: Python-Sprache, en: Python}
  definition: Writing programs in Python.
- label: python
- {label: SQL, esco: not an iri}
- {label: Go, alternative_labels: [Go]}
""",
        encoding="utf-8",
    )
    (folder / "talent.yaml").write_text("[]", encoding="utf-8")
    problems = Problems()
    components = read_components(tmp_path, "components", "en", problems)
    assert list(components[0].label.items()) == [("en", "Python"), ("de", "Python-Sprache")]
    assert [line.split("; write one of")[0].split("; name it")[0] for line in lines(problems)] == [
        "components/skill.yaml:3: 'python' is already at components/skill.yaml:1; list it once",
        "components/skill.yaml:4: 'not an iri' is no absolute IRI; write one such as http://…",
        "components/skill.yaml:5: 'Go' is its own alternative label; leave it out there",
        "components/talent.yaml:0: 'talent' is no kind of component",
    ]


def test_missing_files_are_reported_and_not_fatal(tmp_path: Path) -> None:
    problems = Problems()
    assert read_taxonomy(tmp_path, "t.yaml", "en", problems).families == {}
    assert read_components(tmp_path, "components", "en", problems) == ()
    assert problems.errors == []
    assert len(problems.warnings) == 2


def test_language_tags_with_capitals_meet_those_of_roles(tmp_path: Path) -> None:
    (tmp_path / "components").mkdir()
    text = "- {label: {en: Databases, pt-BR: Bancos}, alternative_labels: [{en: Data stores}, ' ']}\n"
    (tmp_path / "components" / "skill.yaml").write_text(text, encoding="utf-8")
    problems = Problems()
    (component,) = read_components(tmp_path, "components", "pt-BR", problems)
    assert next(iter(component.label)) == "pt-br"
    assert component.alternative_labels[0] == {"en": "Data stores"}
    assert len(problems.errors) == 1


def test_only_an_absent_document_is_empty(tmp_path: Path) -> None:
    for text, faults in (("", 0), ("# nothing\n", 0), ("false", 1), ("0", 1), ("''", 1), ("[]", 1)):
        (tmp_path / "t.yaml").write_text(text, encoding="utf-8")
        problems = Problems()
        read_taxonomy(tmp_path, "t.yaml", "en", problems)
        assert len(problems.errors) == faults, text
