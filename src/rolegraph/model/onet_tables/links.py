"""Files that connect elements with elements, and interests with what stands for them."""

from __future__ import annotations

from typing import Final

from rolegraph.model.onet import CODE_COLUMN, Column, Layout, TableSpec
from rolegraph.model.onet_tables.columns import element, name, text

_IWA: Final = "rg:OnetIntermediateActivity"
_DWA: Final = "rg:OnetDetailedActivity"


def _link(file: str, columns: tuple[Column, ...], key: str, layout: Layout | None) -> TableSpec:
    return TableSpec(
        file=file,
        row_class="rg:OnetElementLink",
        link="rg:elementLink",
        key=(key,),
        layout=layout,
        columns=columns,
    )


def _between(first: str, second: str, layout: Layout | None = None) -> TableSpec:
    """`Abilities to Work Activities.txt` and all that are made like it."""
    return _link(
        f"{first} to {second}.txt",
        (
            element(f"{first} Element ID"),
            name(f"{first} Element Name"),
            element(f"{second} Element ID", predicates=("onet:refersTo",)),
            name(f"{second} Element Name"),
        ),
        f"{second} Element ID",
        layout,
    )


_ACTIVITIES: Final = (
    _link(
        "IWA Reference.txt",
        (
            element(),
            element("IWA ID", predicates=("onet:refersTo",), element_class=_IWA),
            name("IWA Title"),
        ),
        "IWA ID",
        "up to 30.2",
    ),
    _link(
        "DWA Reference.txt",
        (
            element("IWA ID", element_class=_IWA),
            element(),
            element("DWA ID", predicates=("onet:refersTo",), element_class=_DWA),
            name("DWA Title"),
        ),
        "DWA ID",
        "up to 30.2",
    ),
    _link(
        "GWAs to IWAs.txt",
        (
            element("GWA Element ID"),
            name("GWA Element Name"),
            element("IWA Element ID", predicates=("onet:refersTo",), element_class=_IWA),
            name("IWA Element Name"),
        ),
        "IWA Element ID",
        "from 30.3",
    ),
    _link(
        "GWAs to IWAs to DWAs.txt",
        (
            element("IWA Element ID", element_class=_IWA),
            name("IWA Element Name"),
            element("GWA Element ID"),
            name("GWA Element Name"),
            element("DWA Element ID", predicates=("onet:refersTo",), element_class=_DWA),
            name("DWA Element Name"),
        ),
        "DWA Element ID",
        "from 30.3",
    ),
)
_INTEREST_TYPE: Final = Column(header="Interest Type", kind="string", predicates=("rg:interestType",))


def _keywords(file: str, layout: Layout) -> TableSpec:
    return TableSpec(
        file=file,
        row_class="rg:OnetInterestKeyword",
        link="rg:interestKeyword",
        key=("Keyword", "Keyword Type"),
        joint_key=True,
        order=("Keyword Type",),
        layout=layout,
        family="riasec-keywords",
        columns=(
            element(predicates=("onet:refersTo",)),
            name(),
            text("Keyword", "rg:keyword"),
            Column(header="Keyword Type", kind="string", predicates=("rg:keywordType",)),
        ),
    )


LINKS: Final = (
    *_ACTIVITIES,
    _between("Abilities", "Work Activities"),
    _between("Abilities", "Work Context"),
    _between("Skills", "Work Activities", "up to 30.2"),
    _between("Skills", "Work Context", "up to 30.2"),
    _between("Essential Skills", "Work Activities", "from 30.3"),
    _between("Essential Skills", "Work Context", "from 30.3"),
    _between("Transferable Skills", "Work Activities", "from 30.3"),
    _between("Transferable Skills", "Work Context", "from 30.3"),
    _between("Work Styles", "Work Activities", "from 30.3"),
    _between("Work Styles", "Work Context", "from 30.3"),
    _between("Basic Interests", "RIASEC", "up to 30.2"),
    _between("Specific Interest Areas", "Career Interest Types", "from 30.3"),
    _keywords("RIASEC Keywords.txt", "up to 30.2"),
    _keywords("Career Interest Type Keywords.txt", "from 30.3"),
    TableSpec(
        file="Interests Illustrative Activities.txt",
        row_class="rg:OnetIllustrativeActivity",
        link="rg:illustrativeActivity",
        key=("Activity",),
        columns=(
            element(predicates=("onet:refersTo",)),
            name(),
            _INTEREST_TYPE,
            text("Activity", "rg:activityText"),
        ),
    ),
    TableSpec(
        file="Interests Illustrative Occupations.txt",
        row_class="rg:OnetIllustrativeOccupation",
        link="rg:illustrativeOccupation",
        key=(CODE_COLUMN,),
        columns=(
            element(),
            name(),
            _INTEREST_TYPE,
            Column(
                header=CODE_COLUMN,
                kind="occupation",
                predicates=("onet:refersTo",),
                required=True,
                null=False,
            ),
        ),
    ),
)
