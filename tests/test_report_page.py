"""The HTML report in a browser: filters, order, details, keys, print, and what it does with hostile text."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

from html_reports import finding, large_report, report, role_score, scores
from rolegraph.model.findings import Comparison, Report
from rolegraph.report.html import write_html

AXE: Final = "axe-core@4.10.3"
CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
EVIL: Final = "</script><img src=x onerror=window.evil=1>"


def unavailable(reason: str) -> NoReturn:
    if os.environ.get("ROLEGRAPH_REQUIRE_SERVERS"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium of the system, driven by playwright."""
    if find_spec("playwright") is None:
        unavailable("playwright is not installed")
    playwright = import_module("playwright.sync_api")
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        unavailable("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, installed from npm; ROLEGRAPH_AXE names a folder that keeps it."""
    npm, kept = shutil.which("npm"), os.environ.get("ROLEGRAPH_AXE")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("axe")
    source = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not source.exists():
        if npm is None:
            unavailable("npm is not installed")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", AXE]
        done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
        if done.returncode != 0:
            unavailable(f"npm cannot install {AXE}: {done.stderr.strip()}")
    return source.read_text(encoding="utf-8")


class Opened:
    """A report that is open in the browser, and what the browser complained of."""

    def __init__(self, page: Any, path: Path, address: str = "") -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(path.as_uri() + address)

    def ready(self) -> Opened:
        self.page.wait_for_selector("html[data-ready]", state="attached")
        return self

    def rows(self) -> list[list[str]]:
        """The cells of each finding that is shown."""
        return [row.locator("td, th").all_inner_texts() for row in self.page.locator("tr.finding").all()]

    def column(self, number: int) -> list[str]:
        selector = f"tr.finding > :nth-child({number})"
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]

    def shown(self) -> str:
        return str(self.page.locator("#shown").inner_text())


Open = Callable[..., Opened]


@pytest.fixture
def open_report(browser: Any, tmp_path: Path) -> Iterator[Open]:
    contexts: list[Any] = []

    def opened(value: Report, address: str = "", **options: Any) -> Opened:
        path = tmp_path / "report.html"
        with path.open("w", encoding="utf-8", newline="\n") as out:
            write_html(value, out)
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options))
        return Opened(contexts[-1].new_page(), path, address)

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_is_accessible(open_report: Open, axe: str, width: int, scheme: str) -> None:
    viewport = {"width": width, "height": 900}
    address = "#severity=Warning&text=another&sort=-role"
    opened = open_report(large_report(), address, viewport=viewport, color_scheme=scheme).ready()
    opened.page.locator(".open").nth(1).click()
    opened.page.evaluate(axe)
    violations = opened.page.evaluate("axe.run(document)")["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in violations] == []


@pytest.mark.parametrize("width", [390, 1280])
def test_page_never_scrolls_sideways(open_report: Open, width: int) -> None:
    opened = open_report(large_report(), viewport={"width": width, "height": 900}).ready()
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width


def test_page_asks_for_nothing_and_complains_of_nothing(open_report: Open) -> None:
    opened = open_report(large_report()).ready()
    opened.page.locator(".open").first.click()
    assert [url for url in opened.requests if not url.startswith("file:")] == []
    assert len(opened.requests) == 1
    assert opened.complaints == []


def test_page_shows_a_hundred_findings_at_once(open_report: Open) -> None:
    opened = open_report(large_report()).ready()
    assert opened.shown() == "640"
    assert len(opened.column(1)) == 100
    opened.page.get_by_role("button", name="Next").click()
    assert opened.page.evaluate("location.hash") == "#page=2"
    opened.page.locator("#page").fill("7")
    opened.page.locator("#page").press("Enter")
    assert len(opened.column(1)) == 40
    assert opened.page.get_by_role("button", name="Next").get_attribute("aria-disabled") == "true"


def test_row_says_what_the_finding_says(open_report: Open) -> None:
    opened = open_report(large_report(), "#text=alias 07 of OPS.GEN.P10").ready()
    assert opened.rows() == [
        [
            "To look at",
            "OPS.GEN.P10",
            "An alias leads to one role",
            "The alias “alias 07 of OPS.GEN.P10” leads to OPS.GEN.P10 and to another role. Drop one.",
            "alias 07 of OPS.GEN.P10",
            "roles/OPS.GEN.P10.yaml:8",
        ]
    ]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("#severity=Violation", "36 of 640"),
        ("#shape=rgs%3AAliasShape", "204 of 640"),
        ("#family=OPS", "318 of 640"),
        ("#level=P10", "106 of 640"),
        ("#family=OPS&level=P10&severity=Violation", "3 of 640"),
        ("#role=LAB.GEN.M1", "53 of 640"),
        ("#text=rank", "4 of 640"),  # a rule's label
        ("#text=nowhere", "0 of 640"),
        ("#text=role%2FOPS.GEN.P3", "53 of 640"),  # begins before the code that is cut out
        ("#text=GEN.P3.yaml", "106 of 640"),  # ends behind it
        ("#text=“alias", "636 of 640"),
        ("#text=52 m1", "2 of 640"),  # every word, each in some column
        ("#text=Title of OPS.GEN.E1", "53 of 640"),  # a role's title
        ("#family=nobody", "0 of 640"),
    ],
)
def test_address_filters(open_report: Open, address: str, expected: str) -> None:
    assert open_report(large_report(), address).ready().shown() == expected


def test_filters_and_words_write_the_address(open_report: Open) -> None:
    opened = open_report(large_report()).ready()
    opened.page.get_by_label("Severity", exact=True).select_option("Info")
    opened.page.get_by_label("Words").fill("alias 30")
    opened.page.wait_for_function("() => location.hash.includes('text')")
    assert opened.page.evaluate("location.hash") == "#text=alias+30&severity=Info"
    assert opened.shown() == "12 of 640"


def test_filter_is_removed_where_it_is_named(open_report: Open) -> None:
    opened = open_report(large_report(), "#family=OPS&level=P10").ready()
    opened.page.get_by_role("button", name="Remove the filter Level: P10").click()
    assert opened.shown() == "318 of 640"
    opened.page.get_by_role("button", name="Clear").click()
    assert opened.shown() == "640"


def test_cell_of_the_heat_map_filters_to_family_and_level(open_report: Open) -> None:
    opened = open_report(large_report()).ready()
    opened.page.get_by_role("link", name="LAB family, P4: ").click()
    assert opened.shown() == "53 of 640"
    assert set(opened.column(2)) == {"LAB.GEN.P4"}
    assert opened.page.evaluate("document.activeElement.id") == "findings"
    assert opened.page.locator(".heat [aria-current]").get_attribute("href") == "#family=LAB&level=P4"
    opened.page.go_back()
    assert opened.shown() == "640"


def test_gap_filters_to_its_rule(open_report: Open) -> None:
    opened = open_report(large_report()).ready()
    opened.page.locator(".gaps").get_by_role("link", name="A title is that of one role", exact=True).click()
    assert opened.shown() == "36 of 640"


def test_columns_sort_both_ways(open_report: Open) -> None:
    opened = open_report(large_report(), "#text=“alias").ready()
    heading = opened.page.locator("#table thead th").nth(1)
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert opened.column(2)[0] == "LAB.GEN.E1"
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert opened.column(2)[0] == "OPS.GEN.S2"
    assert opened.page.evaluate("location.hash").endswith("sort=-role")


@pytest.mark.parametrize(
    ("column", "number", "first", "last"),
    [
        ("severity", 1, "Broken", "To complete"),
        ("shape", 3, "A level has a rank", "An alias leads to one role"),
        ("file", 6, "", "roles/OPS.GEN.S2.yaml:53"),
    ],
)
def test_order_goes_through_all_pages(
    open_report: Open, column: str, number: int, first: str, last: str
) -> None:
    opened = open_report(large_report(), f"#sort={column}").ready()
    assert opened.column(number)[0] == first
    opened.page.evaluate("location.hash += '&page=7'")
    opened.page.wait_for_function("() => document.getElementById('page').value === '7'")
    assert opened.column(number)[-1] == last


def test_details_say_everything_of_a_finding(open_report: Open) -> None:
    opened = open_report(large_report(), "#severity=Violation&role=OPS.GEN.P3").ready()
    opener = opened.page.locator(".open").first
    opener.click()
    assert opener.get_attribute("aria-expanded") == "true"
    told = opened.page.locator(".details dl > div").evaluate_all(
        "divs => Object.fromEntries(divs.map(d => [...d.children].map(c => c.innerText)))"
    )
    assert told["Found at"] == "role/OPS.GEN.P3#use-0"
    assert told["Property"] == "rg:titleAlias"
    assert told["Value"] == "alias 00 of OPS.GEN.P3"
    assert told["Shape"] == "https://w3id.org/rolegraph/shapes#TitleShape"
    assert told["Kind of check"] == "sh:MaxCountConstraintComponent"
    assert told["Role"].startswith("Title of OPS.GEN.P3, 25% complete")
    opener.click()
    assert opened.page.locator(".details").count() == 0


def test_keys_alone_reach_a_cell_and_open_a_finding(open_report: Open) -> None:
    opened = open_report(large_report()).ready()
    keyboard = opened.page.keyboard
    opened.page.locator(".heat td a").first.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowRight"):
        keyboard.press(key)
    assert opened.page.evaluate("document.activeElement.ariaLabel") == "OPS family, P3: 25% complete, 1 role"
    keyboard.press("Enter")
    assert opened.shown() == "53 of 640"
    opened.page.locator(".open").first.focus()
    keyboard.press("Enter")
    assert opened.page.locator(".details").count() == 1


def test_heat_map_is_one_stop_of_the_tab_key(open_report: Open) -> None:
    opened = open_report(large_report()).ready()
    assert opened.page.locator('.heat td a:not([tabindex="-1"])').count() == 1


def test_heat_map_sorts_by_score(open_report: Open) -> None:
    opened = open_report(large_report()).ready()
    opened.page.locator(".heat").get_by_role("button", name="All").click()
    assert opened.page.locator(".heat tbody th").all_inner_texts() == ["OPS family OPS", "LAB family LAB"]
    assert opened.page.locator(".heat thead th").nth(1).get_attribute("aria-sort") == "ascending"


def test_long_heat_map_opens_whole(open_report: Open) -> None:
    roles = [role_score(f"F{number:02}.GEN.P3", number / 60) for number in range(60)]
    opened = open_report(report([finding("Info", "StoryShape")], scores(roles))).ready()
    rows = opened.page.locator(".heat tbody tr:visible")
    assert rows.count() == 40
    opened.page.locator("section", has=opened.page.locator(".heat")).get_by_role(
        "button", name="Show all"
    ).click()
    assert rows.count() == 60


def test_page_lists_what_is_new(open_report: Open) -> None:
    old, new = finding("Info", "StoryShape", "OPS.GEN.P3"), finding("Info", "StoryShape", "OPS.GEN.P4")
    changed = report([old, new], comparison=Comparison(new=(new,), still_open=(old,)))
    opened = open_report(changed, "#since=new").ready()
    assert opened.column(2) == ["OPS.GEN.P4"]
    opened.page.get_by_label("Since the earlier report").select_option("before")
    assert opened.column(2) == ["OPS.GEN.P3"]


def test_markup_in_a_report_does_nothing(open_report: Open) -> None:
    found = finding("Violation", "TitleShape", message=EVIL, value=EVIL, focus=EVIL, path=EVIL, file=EVIL)
    opened = open_report(report([found], [role_score("OPS.GEN.P3", 0.5)], catalog=EVIL)).ready()
    opened.page.locator(".open").click()
    assert opened.column(4) == [EVIL]
    assert opened.page.locator("img").count() == 0
    assert opened.page.evaluate("window.evil") is None
    assert opened.complaints == []


def test_page_without_a_script_shows_the_most_severe_findings(open_report: Open) -> None:
    opened = open_report(large_report(), java_script_enabled=False)
    assert opened.page.locator("#table tbody tr:visible").count() == 200
    assert opened.page.get_by_text("These are the 200 most severe of 640 findings.").is_visible()
    assert opened.page.locator(".heat td a").first.is_visible()
    assert opened.page.locator("#filters, #paging").locator("visible=true").count() == 0


def test_page_whose_columns_cannot_be_read_still_shows_the_most_severe(open_report: Open) -> None:
    opened = open_report(report([]))  # a page of its own is written over it
    path = Path(opened.page.url.removeprefix("file://"))
    with path.open("w", encoding="utf-8") as out:
        write_html(large_report(), out)
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace('id="rows-value">', 'id="rows-value">1AAAA'), encoding="utf-8")
    opened.page.reload()
    opened.page.get_by_text("This browser could not read all findings").wait_for()
    assert opened.page.locator("#table tbody tr:visible").count() == 200


def test_printed_page_has_no_controls_and_the_whole_heat_map(open_report: Open) -> None:
    roles = [role_score(f"F{number:02}.GEN.P3", number / 60) for number in range(60)]
    found = [finding("Violation", "TitleShape", value=f"{number:03}") for number in range(300)]
    opened = open_report(report([*found, finding("Info", "StoryShape")], scores(roles))).ready()
    opened.page.emulate_media(media="print")
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert (
        opened.page.locator("#filters, #paging, .open, .all-rows, nav").locator("visible=true").count() == 0
    )
    assert opened.page.locator(".heat tbody tr:visible").count() == 60
    assert opened.page.locator("tr.finding:visible").count() == 300
    box = opened.page.locator(".heat-box")
    assert box.evaluate("box => box.scrollHeight <= box.clientHeight")
