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
        "components/talent.yaml: 'talent' is no kind of component",
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


def test_taxonomy_may_be_spread_over_files(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("super_functions: [{code: top, label: Top}]\n", encoding="utf-8")
    more = "families:\n  - {code: ENG, label: Engineering, super_function: top}\n"
    (tmp_path / "t.one.yaml").write_text(more, encoding="utf-8")
    again = "super_functions: [{code: Top, label: Again}]\nfamilies: [{code: ENG, label: x}]\n"
    (tmp_path / "t.two.yaml").write_text(again, encoding="utf-8")
    problems = Problems()
    taxonomy = read_taxonomy(tmp_path, "t.yaml", "en", problems)
    assert taxonomy.super_functions["top"].file == "t.yaml"
    assert lines(problems) == [
        "t.two.yaml:1: Top is already at t.yaml:1; list it once",
        "t.two.yaml:2: ENG is already at t.one.yaml:2; list it once",
    ]


def test_components_may_be_spread_over_files(tmp_path: Path) -> None:
    folder = tmp_path / "components"
    folder.mkdir()
    (folder / "skill.yaml").write_text("- label: Python\n", encoding="utf-8")
    (folder / "skill.more.yaml").write_text("- label: SQL\n- label: python\n", encoding="utf-8")
    (folder / "talent.more.yaml").write_text("[]", encoding="utf-8")
    problems = Problems()
    components = read_components(tmp_path, "components", "en", problems)
    files = [component.file for component in components[:2]]
    assert files == ["components/skill.yaml", "components/skill.more.yaml"]
    assert [line.split("; ")[0] for line in lines(problems)] == [
        "components/skill.more.yaml:2: 'python' is already at components/skill.yaml:1",
        "components/talent.more.yaml: 'talent.more' is no kind of component",
    ]


def test_component_tells_what_each_proficiency_means(tmp_path: Path) -> None:
    folder = tmp_path / "components"
    folder.mkdir()
    (folder / "skill.yaml").write_text(
        """- label: Python
  proficiency_texts:
    - {level: 1, name: {de: Grundlagen, en: Basics}, text: Reads programs.}
    - {level: 1, text: Twice.}
- label: SQL
  proficiency_texts:
    - {level: 2, text: ' '}
""",
        encoding="utf-8",
    )
    problems = Problems()
    (python, _) = read_components(tmp_path, "components", "en", problems)
    first = python.proficiency_texts[0]
    assert (first.level, first.name, first.text) == (
        1, {"en": "Basics", "de": "Grundlagen"}, {"en": "Reads programs."}
    )  # fmt: skip
    assert [line.split("; ")[0] for line in lines(problems)] == [
        "components/skill.yaml:4: level 1 is there twice",
        "components/skill.yaml:7: the en text of text is blank",
    ]
    (folder / "skill.yaml").write_text("- label: x\n  proficiency_texts: [{level: 6, text: y}]\n", "utf-8")
    problems = Problems()
    read_components(tmp_path, "components", "en", problems)
    assert "[1].proficiency_texts[1].level is 6; write a number of at least 1" in lines(problems)[0]
