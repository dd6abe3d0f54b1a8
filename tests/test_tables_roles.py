"""Rows of tables become roles, taxonomy entries and components, or are refused with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolegraph.iris import slug
from rolegraph.sources.tables.mint import FAMILY_LENGTH, FOCUS_LENGTH, mint_family, mint_focus
from rolegraph.sources.tables.values import split
from tables import PLAIN_MAP, documents, import_files, refused

HEAD = "Family,Role,Level"
SKILL_HEAD = f"{HEAD},Skill,Meaning,Step,Step meaning"
SKILLS = """
[[table.role.components]]
kind = "skill"
label = "Skill"
definition = "Meaning"
proficiency = {column = "Step", values = {low = 1, high = 5}}
proficiency_text = "Step meaning"
"""


def one_role(tmp_path: Path, columns: dict[str, str], map_text: str) -> dict[str, object]:
    """The only role of a table with one row and some columns more than Family, Role and Level."""
    cells = {"Family": "Water", "Role": "Diver", "Level": "Diver", **columns}
    quoted = [f'"{cell}"' for cell in cells.values()]
    found, _ = import_files(tmp_path, {"t.csv": f"{','.join(cells)}\n{','.join(quoted)}\n"}, map_text)
    assert refused(found) == []
    (role,) = documents(found).values()
    return role


# Values


def test_first_alternative_that_says_something_counts(tmp_path: Path) -> None:
    chosen = 'none = ["n/a"]\n' + PLAIN_MAP + 'summary = ["Long", "Short", {constant = "none given"}]\n'
    assert one_role(tmp_path, {"Long": "n/a", "Short": " s "}, chosen)["summary"] == "s"
    assert one_role(tmp_path, {"Long": " ", "Short": "n/a"}, chosen)["summary"] == "none given"


def test_template_needs_all_its_columns(tmp_path: Path) -> None:
    chosen = PLAIN_MAP + 'summary = [{template = "{From}–{To} years"}, {template = "from {From} years"}]\n'
    assert one_role(tmp_path, {"From": "1", "To": "2"}, chosen)["summary"] == "1–2 years"
    assert one_role(tmp_path, {"From": "15", "To": ""}, chosen)["summary"] == "from 15 years"


def test_pattern_takes_its_group_and_otherwise_says_nothing(tmp_path: Path) -> None:
    chosen = (
        PLAIN_MAP
        + "version = {column = \"V\", pattern = 'v(\\d+)'}\nstatus = {column = \"V\", pattern = '^draft$'}\n"
    )
    role = one_role(tmp_path, {"V": "of v12"}, chosen)
    assert (role["version"], role.get("status")) == ("12", None)


def test_values_matches_and_others(tmp_path: Path) -> None:
    rules = 'values = {a = "draft"}, matches = [["^b", "published"]]'
    chosen = (
        PLAIN_MAP
        + f'status = {{column = "S", {rules}}}\nsummary = {{column = "S", {rules}, keep_others = true}}\n'
    )
    text = f"{HEAD},S\nW,D,1,a\nW,D,2,bb\nW,E,3,c\n"
    found, _ = import_files(
        tmp_path, {"t.csv": text}, chosen.replace('["", "P3"]', '["2", "P4"], ["", "P3"]')
    )
    assert [role["status"] for role in documents(found).values()] == ["draft", "published"]
    assert refused(found) == ["4: S 'c' is not in the map; write one of a, or add it to the map"]


@pytest.mark.parametrize(
    ("text", "separator", "items"),
    [
        ("a;b; c;", ";", ["a", "b", " c"]),
        ("a", ";", ["a"]),
        ("a\n\nb", "lines", ["a", "b"]),
        (
            "You can:\n- read\n  on\n* write\n1. sum\nplain",
            "bullets",
            ["You can:", "read on", "write", "sum plain"],
        ),
        ("- one\n\n- two", "bullets", ["one", "two"]),
        ("no list", "bullets", ["no list"]),
    ],
)
def test_split(text: str, separator: str, items: list[str]) -> None:
    assert split(text, separator) == items


def test_parallel_lists_of_one_cell_each(tmp_path: Path) -> None:
    chosen = PLAIN_MAP + (
        "[[table.role.components]]\nkind = 'skill'\nlabel = {column = 'S', split = ';', pattern = '[^(]+'}\n"
        'proficiency = {column = "S", split = ";", pattern = \'\\((\\d)\\)\'}\n'
        'importance = {constant = "essential"}\ntags = {constant = "common"}\n'
    )
    role = one_role(tmp_path, {"S": "SQL (4); Python; Go (2)"}, chosen)
    shared = {"tags": ["common"], "importance": "essential"}
    assert role["components"]["skill"] == [  # type: ignore[index]
        {"label": "SQL", **shared, "proficiency": 4},
        {"label": "Python", **shared},
        {"label": "Go", **shared, "proficiency": 2},
    ]


def test_lists_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    chosen = PLAIN_MAP + (
        '[[table.role.components]]\nkind = "skill"\nlabel = {column = "S", split = ";"}\n'
        'proficiency = {column = "P", split = ";"}\n'
    )
    text = f"{HEAD},S,P\nW,D,1,a;b;c,1;2\nW,E,1,,3\nW,F,1,a,9\n"
    found, _ = import_files(tmp_path, {"t.csv": text}, chosen)
    assert refused(found) == [
        "2: proficiency has 2 values for 3 items; write one, or one for each",
        "3: the skill has a proficiency and no label; write its label",
        "4: components.skill[1].proficiency is 9; write a number of at least 1 and of at most 5",
    ]


def test_every_field_of_a_role_can_be_mapped(tmp_path: Path) -> None:
    names = ("summary", "status", "applicability", "version", "modified", "confidence", "history_note")
    values = ("sum", "published", "global", "v2", "2026-01-02", "0.5", "note")
    chosen = (
        PLAIN_MAP
        + "".join(f'{name} = "{name}"\n' for name in names)
        + """
none_recorded = {constant = "core_output"}
level_text = {scope = "scope", typical_experience = "years"}
story = {character = "who", plan = {column = "plan", split = "lines"}}
codes = [{code = {column = "soc", split = " "}, source = {constant = "title_match"}}]
[[table.role.aliases]]
label = {column = "aka", split = "/"}
type = {constant = "internal"}
confidence = {constant = "0.9"}
approval = {constant = "approved"}
"""
    )
    columns = dict(zip(names, values, strict=True))
    more = {
        "scope": "all",
        "years": "2",
        "who": "me",
        "plan": "a\nb",
        "aka": "x/y",
        "soc": "15-1252 15-1251.00",
    }
    role = one_role(tmp_path, columns | more, chosen)
    assert {name: role[name] for name in names} == {**columns, "confidence": 0.5}
    assert role["none_recorded"] == ["core_output"]
    assert role["level_text"] == {"scope": "all", "typical_experience": "2"}
    assert role["story"] == {"character": "me", "plan": ["a", "b"]}
    alias = {"type": "internal", "confidence": 0.9, "approval": "approved", "language": "en"}
    assert role["aliases"] == [{"label": "x", **alias}, {"label": "y", **alias}]
    assert role["codes"] == [
        {"code": "15-1252", "source": "title_match"},
        {"code": "15-1251.00", "source": "title_match"},
    ]


# Grouping


def test_rows_of_one_key_are_one_role(tmp_path: Path) -> None:
    text = (
        f"{HEAD},Skill,Meaning,Step,Step meaning\nW,D,1,Swim,to swim,low,a little\nW,D,1,Dive,,high,deep\n"
        "W,D,Senior,Swim,to swim,high,far\n"
    )
    found, _ = import_files(tmp_path, {"t.csv": text}, PLAIN_MAP + SKILLS)
    skills = [role["components"]["skill"] for role in documents(found).values()]
    assert skills == [
        [{"label": "Swim", "proficiency": 1}, {"label": "Dive", "proficiency": 5}],
        [{"label": "Swim", "proficiency": 5}],
    ]
    assert found.components == {
        "skill": [
            {"label": "Dive", "proficiency_texts": [{"level": 5, "text": "deep"}]},
            {
                "label": "Swim",
                "definition": "to swim",
                "proficiency_texts": [{"level": 1, "text": "a little"}, {"level": 5, "text": "far"}],
            },
        ]
    }


def test_rows_that_disagree_name_both_lines_and_leave_the_role_out(tmp_path: Path) -> None:
    text = f"{HEAD},Text\nW,D,1,one\nW,D,1,one\nW,D,1,two\nW,D,Senior,other\n"
    found, _ = import_files(tmp_path, {"t.csv": text}, PLAIN_MAP + 'summary = "Text"\n')
    assert [role["title"] for role in documents(found).values()] == ["Senior"]
    (reason,) = refused(found)
    assert reason.startswith("4: summary is 'two' here and 'one' at ")
    assert reason.endswith("t.csv:2; write the same in both rows")
    assert [(row.line, row.found.split("/")[0]) for row in found.rejections.followers] == [
        (2, "its role is not imported because of "),
        (3, "its role is not imported because of "),
    ]
    assert len(found.rejections.report.findings) == 3


def test_definitions_that_disagree_between_roles_name_both_lines(tmp_path: Path) -> None:
    rows = ["W,D,1,Swim,a,low,x", "W,E,1,Swim,b,low,x", "W,F,1,Swim,a,low,y"]
    text = "\n".join([SKILL_HEAD, *rows])
    found, _ = import_files(tmp_path, {"t.csv": text}, PLAIN_MAP + SKILLS)
    reasons = refused(found)
    assert reasons[0].startswith("3: of skill 'Swim', definition is 'b' here and 'a' at ")
    assert reasons[1].startswith("4: of skill 'Swim', proficiency.1.text is 'y' here and 'x' at ")
    assert len(found.roles) == 1


def test_item_that_is_repeated_alike_is_listed_once(tmp_path: Path) -> None:
    rows = ["W,D,1,Swim,a,low,x", "W,D,1,swim,a,low,x", "W,E,1,Go,,low,", "W,E,1,Go,,high,"]
    text = "\n".join([SKILL_HEAD, *rows])
    found, warnings = import_files(tmp_path, {"t.csv": text}, PLAIN_MAP + SKILLS)
    assert warnings == ["t.csv:3: skill 'swim' of 'D' / '1' is already at " + warnings[0].split(" at ")[1]]
    assert warnings[0].endswith("t.csv:2; the role lists it once")
    assert [reason.split(" is at ")[0] for reason in refused(found)] == ["4: skill 'Go'"]


# Languages

SECOND = """
[[table]]
file = "de.csv"
language = "de"
[table.role]
key = ["Rolle", "Stufe"]
title = "Titel"
family = {label = "Bereich"}
specialisation = {label = "Name"}
components = [{kind = "skill", label = {column = "Fertigkeiten", split = ";"}}]
"""
FIRST = PLAIN_MAP.replace("[[table]]", '[[table]]\nfile = "en.csv"') + (
    'components = [{kind = "skill", label = {column = "Skills", split = ";"}}]\n'
)


def german(skills: str, role: str = "D") -> dict[str, str]:
    return {
        "en.csv": f"{HEAD},Skills\nWater,D,1,swim;dive\n",
        "de.csv": f"Bereich,Rolle,Stufe,Name,Titel,Fertigkeiten\nWasser,{role},1,Taucher,Eins,{skills}\n",
    }


def test_one_file_for_each_language_is_merged_by_key(tmp_path: Path) -> None:
    found, warnings = import_files(tmp_path, german("schwimmen;tauchen"), FIRST + SECOND)
    assert warnings == []
    (role,) = documents(found).values()
    assert role["title"] == {"en": "1", "de": "Eins"}
    assert role["components"]["skill"] == [
        {"label": {"en": "swim", "de": "schwimmen"}},
        {"label": {"en": "dive", "de": "tauchen"}},
    ]
    assert found.taxonomy["families"] == [{"code": "WATER", "label": {"en": "Water", "de": "Wasser"}}]


def test_lists_of_other_lengths_in_another_language_are_refused(tmp_path: Path) -> None:
    found, _ = import_files(tmp_path, german("schwimmen"), FIRST + SECOND)
    (reason,) = refused(found)
    assert reason.startswith(
        "2: the skill list has 2 in en, 1 in de; write as many in each, in the same order"
    )
    assert found.roles == []
    assert {Path(row.file).name for row in found.rejections.report.findings} == {"en.csv", "de.csv"}


def test_role_that_is_only_in_another_language_is_refused(tmp_path: Path) -> None:
    found, _ = import_files(tmp_path, german("schwimmen;tauchen", "X"), FIRST + SECOND)
    assert len(found.roles) == 1
    (reason,) = refused(found)
    assert reason.startswith("2: the role has no level")


def test_items_with_keys_are_merged_in_any_order(tmp_path: Path) -> None:
    def keyed(text: str, label: str) -> str:
        return text.replace(f'label = {{column = "{label}", split = ";"}}', f'key = "ID", label = "{label}"')

    files = {
        "en.csv": f"{HEAD},ID,Skills\nWater,D,1,1,swim\nWater,D,1,2,dive\n",
        "de.csv": "Bereich,Rolle,Stufe,Name,Titel,ID,Fertigkeiten\n"
        "Wasser,D,1,T,E,2,tauchen\nWasser,D,1,T,E,1,schwimmen\n",
    }
    found, _ = import_files(tmp_path, files, keyed(FIRST, "Skills") + keyed(SECOND, "Fertigkeiten"))
    (role,) = documents(found).values()
    labels = [skill["label"] for skill in role["components"]["skill"]]
    assert labels == [{"en": "swim", "de": "schwimmen"}, {"en": "dive", "de": "tauchen"}]
    files["de.csv"] = files["de.csv"].replace("T,E,1,", "T,E,3,")
    found, _ = import_files(tmp_path, files, keyed(FIRST, "Skills") + keyed(SECOND, "Fertigkeiten"))
    assert refused(found)[0].startswith("2: a skill at ")


def test_one_column_for_each_language(tmp_path: Path) -> None:
    chosen = PLAIN_MAP.replace('title = "Level"', 'title = {languages = {en = "Level", de = "Stufe"}}') + (
        'components = [{kind = "skill", label = {languages = {en = {column = "S", split = ";"}, '
        'de = {column = "F", split = ";"}}}}]\n'
        'aliases = [{label = {languages = {en = "A", de = "B"}}}]\n'
    )
    role = one_role(
        tmp_path, {"Stufe": "Taucher", "S": "swim;dive", "F": " ;tauchen", "A": "x", "B": "y"}, chosen
    )
    assert role["title"] == {"en": "Diver", "de": "Taucher"}
    assert role["components"]["skill"] == [{"label": "swim"}, {"label": {"en": "dive", "de": "tauchen"}}]  # type: ignore[index]
    assert [alias["language"] for alias in role["aliases"]] == ["en", "de"]  # type: ignore[attr-defined]


# Codes


def test_code_depends_on_the_row_alone(tmp_path: Path) -> None:
    rows = ["Water,Deep sea diver,Diver", "Air,C++ pilot,Senior pilot", "Air,Pilot,Pilot"]
    first, _ = import_files(tmp_path, {"t.csv": "\n".join([HEAD, *rows])}, PLAIN_MAP)
    again, _ = import_files(tmp_path, {"t.csv": "\n".join([HEAD, *reversed(rows[1:])])}, PLAIN_MAP)
    codes = {role["title"]: code for code, role in documents(first).items()}
    assert codes["Diver"] == "WATER.DEEPSEADIVER.P3"
    assert {role["title"]: code for code, role in documents(again).items()}.items() <= codes.items()


def test_labels_give_valid_codes_of_bounded_length() -> None:
    labels = ["a", "é", "日本", "3D", "User-centred design " * 3, "C++", "C", "c#"]
    families, focuses = [list(map(mint, labels)) for mint in (mint_family, mint_focus)]
    assert len(set(families)) == len(set(focuses)) == len(labels)
    assert all(2 <= len(code) <= FAMILY_LENGTH and code[0].isalpha() for code in families)
    assert all(2 <= len(code) <= FOCUS_LENGTH and code.isalnum() for code in focuses)


def test_two_roles_of_one_code_are_both_refused(tmp_path: Path) -> None:
    text = f"{HEAD}\nWater,Diver,Junior diver\nWater,Diver,Diver\nWater,Diver,Senior diver\n"
    found, _ = import_files(tmp_path, {"t.csv": text}, PLAIN_MAP)
    assert [reason.split(" (")[0] for reason in refused(found)] == [
        "2: WATER.DIVER.P3 would also be 'Diver' / 'Diver'",
        "3: WATER.DIVER.P3 would also be 'Diver' / 'Junior diver'",
    ]
    assert list(documents(found)) == ["WATER.DIVER.P4"]


def test_pinned_codes_resolve_a_collision(tmp_path: Path) -> None:
    text = f"{HEAD}\nWater,Diver,Junior diver\nWater,Diver,Diver\n"
    pins = {("Diver", "Junior diver"): "WATER.DIVER.P1", ("No", "body"): "X1.YY.P1"}
    found, warnings = import_files(tmp_path, {"t.csv": text}, PLAIN_MAP, pins)
    assert (list(documents(found)), refused(found)) == (["WATER.DIVER.P1", "WATER.DIVER.P3"], [])
    assert warnings == ["codes: no row has the key 'No' / 'body'; its code X1.YY.P1 is not used"]


def test_column_of_codes_needs_no_level(tmp_path: Path) -> None:
    chosen = '[[table]]\n[table.role]\nkey = ["Code"]\ncode = "Code"\ntitle = "Title"\n'
    text = "Code,Title\nWAT.DIV.P3,Diver\nWAT.DIV,x\nWAT.DIV.P9,y\nwat.DIV.P3,z\n"
    found, _ = import_files(tmp_path, {"t.csv": text}, chosen)
    assert list(documents(found)) == ["WAT.DIV.P3"]
    assert [reason.split(";")[0] for reason in refused(found)] == [
        "3: 'WAT.DIV' is no role code",
        "4: level 'P9' of WAT.DIV.P9 is not in the scheme",
        "5: 'wat.DIV.P3' is no role code",
    ]
    assert found.taxonomy == {"super_functions": [], "families": [], "specialisations": []}


def test_two_names_of_one_family_are_refused(tmp_path: Path) -> None:
    chosen = PLAIN_MAP.replace('{label = "Family"}', '{label = "Family", code = {constant = "WAT"}}')
    text = f"{HEAD}\nWater,Diver,Diver\nSea,Sailor,Sailor\n"
    found, _ = import_files(tmp_path, {"t.csv": text}, chosen)
    (reason,) = refused(found)
    assert reason.startswith("3: of family WAT, label is 'Sea' here and 'Water' at ")
    assert reason.endswith("map one spelling to the other, or give one of them another code")


def test_super_function_is_that_of_its_families(tmp_path: Path) -> None:
    chosen = PLAIN_MAP + 'super_function = {label = "Top", definition = {constant = "All of it."}}\n'
    found, _ = import_files(tmp_path, {"t.csv": f"{HEAD},Top\nWater,Diver,Diver,Out & about\n"}, chosen)
    code = slug("Out & about")
    assert found.taxonomy["super_functions"] == [
        {"code": code, "label": "Out & about", "definition": "All of it."}
    ]
    assert found.taxonomy["families"] == [{"code": "WATER", "label": "Water", "super_function": code}]


# Components


def test_table_of_components_in_two_languages(tmp_path: Path) -> None:
    table = """
[[table]]
file = "{0}.csv"
language = "{0}"
[[table.components]]
kind = "skill"
key = "ID"
label = "Name"
definition = "Text"
alternative_labels = {{column = "Other", split = ";"}}
same_as = "Same"
"""
    files = {
        "en.csv": "ID,Name,Text,Other,Same\n1,Swim,To swim,Swimming;Swim,https://example.org/swim\n2,Dive,,,\n3,,x,,\n",
        "de.csv": "ID,Name,Text,Other,Same\n1,Schwimmen,Zu schwimmen,,\n2,Tauchen,,,\n",
    }
    found, _ = import_files(tmp_path, files, table.format("en") + table.format("de"))
    assert found.components["skill"] == [
        {"label": {"en": "Dive", "de": "Tauchen"}},
        {
            "label": {"en": "Swim", "de": "Schwimmen"},
            "definition": {"en": "To swim", "de": "Zu schwimmen"},
            "alternative_labels": ["Swimming"],
            "same_as": ["https://example.org/swim"],
        },
    ]
    assert refused(found) == ["4: the skill has no label; write one, or remove the row"]


def test_components_that_disagree_are_refused(tmp_path: Path) -> None:
    chosen = '[[table]]\ncomponents = [{kind = "skill", label = "Name", definition = "Text"}]\n'
    found, _ = import_files(tmp_path, {"t.csv": "Name,Text\nSwim,a\nswim,b\n"}, chosen)
    assert [reason.split(" here")[0] for reason in refused(found)] == ["3: label is 'swim'"]


def test_iris_and_codes_of_entries_are_checked(tmp_path: Path) -> None:
    chosen = """
[[table]]
components = [{kind = "skill", label = "Name", esco = "ESCO", same_as = "Same"}]
"""
    text = "Name,ESCO,Same\nSwim,http://example.org/a,\nDive,a b,\nSink,,nope\n"
    found, _ = import_files(tmp_path, {"t.csv": text}, chosen)
    assert [reason.split(";")[0] for reason in refused(found)] == [
        "3: 'a b' is no absolute IRI",
        "4: 'nope' is no absolute IRI",
    ]
    chosen = PLAIN_MAP + 'super_function = {code = "Top", label = "Top"}\n'
    found, _ = import_files(tmp_path, {"t.csv": f"{HEAD},Top\nW,D,1,In and out\n"}, chosen)
    assert refused(found)[0].startswith("2: 'In and out' is no code of a super-function; write a word")


def test_line_ends_within_cells_are_plain(tmp_path: Path) -> None:
    assert one_role(tmp_path, {"T": " a\r\nb "}, PLAIN_MAP + 'summary = "T"\n')["summary"] == "a\nb"
