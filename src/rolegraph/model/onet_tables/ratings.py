"""Files that rate occupations on elements of the content model."""

from __future__ import annotations

from typing import Final

from rolegraph.model.onet import Layout, TableSpec
from rolegraph.model.onet_tables.columns import CATEGORY, CODE, SCALE, STATISTICS, element, name

_PREPARATION: Final = "education-training-and-experience"


def _ratings(
    file: str,
    row_class: str,
    element_class: str,
    *,
    categories: bool = False,
    layout: Layout | None = None,
    family: str = "",
) -> TableSpec:
    """A file of ratings; with `categories`, a row is the share of answers in one of them."""
    return TableSpec(
        file=file,
        row_class=row_class,
        link="onet:hasRating",
        key=("Element ID", "Scale ID", "Category") if categories else ("Element ID", "Scale ID"),
        layout=layout,
        family=family,
        columns=(
            CODE,
            element(predicates=("onet:refersTo",), element_class=element_class),
            name(),
            SCALE,
            *([CATEGORY] if categories else []),
            *STATISTICS,
        ),
    )


def _skills(file: str, layout: Layout) -> TableSpec:
    return _ratings(file, "rg:OnetSkillRating", "rg:OnetSkill", layout=layout, family="skills")


def _interests(file: str, layout: Layout, family: str = "") -> TableSpec:
    return _ratings(file, "rg:OnetInterestRating", "rg:OnetInterest", layout=layout, family=family)


def _preparation(file: str, layout: Layout) -> TableSpec:
    return _ratings(
        file,
        "rg:OnetPreparationRating",
        "rg:OnetPreparation",
        categories=True,
        layout=layout,
        family=_PREPARATION,
    )


RATINGS: Final = (
    _skills("Skills.txt", "up to 30.2"),
    _skills("Essential Skills.txt", "from 30.3"),
    _skills("Transferable Skills.txt", "from 30.3"),
    _ratings("Knowledge.txt", "rg:OnetKnowledgeRating", "rg:OnetKnowledge"),
    _ratings("Abilities.txt", "rg:OnetAbilityRating", "rg:OnetAbility"),
    _ratings("Work Activities.txt", "rg:OnetWorkActivityRating", "rg:OnetWorkActivity"),
    _ratings("Work Context.txt", "rg:OnetWorkContextRating", "rg:OnetWorkContext", categories=True),
    _ratings("Work Styles.txt", "rg:OnetWorkStyleRating", "rg:OnetWorkStyle"),
    _interests("Interests.txt", "up to 30.2", "interests"),
    _interests("Career Interest Types.txt", "from 30.3", "interests"),
    _interests("Specific Interest Areas.txt", "from 30.3"),
    _ratings("Work Values.txt", "rg:OnetWorkValueRating", "rg:OnetWorkValue", layout="up to 30.2"),
    _preparation("Education, Training, and Experience.txt", "up to 30.2"),
    _preparation("Education.txt", "from 30.3"),
    _preparation("Training and Experience.txt", "from 30.3"),
)
