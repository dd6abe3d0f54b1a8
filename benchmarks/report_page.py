"""Write and open HTML reports of made-up catalogs: `python benchmarks/report_page.py --roles 10000`.

Prints the time to write each page, its size, and, where Chromium and playwright are installed, how long
the browser takes to paint it and to have all findings ready for filters, and how busy it was meanwhile.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from _reports import make_report
from rolegraph.report.html import write_html

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Write and open a page of each size."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--roles", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    options.add_argument("--runs", type=int, default=3, help="how often each page is opened; the best counts")
    told = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="rolegraph-") as folder, chromium() as browser:
        for roles in told.roles:
            page = Path(folder) / f"{roles}.html"
            print(f"{roles:,} roles: {written(roles, page)}; {opened(browser, page, told.runs)}", flush=True)


def written(roles: int, page: Path) -> str:
    """How long it took to write a page, and what it holds."""
    report = make_report(roles)
    before, start = memory(), time.process_time()
    with page.open("w", encoding="utf-8", newline="\n") as out:
        write_html(report, out)
    seconds = time.process_time() - start
    size = f"{len(report.findings):,} findings in {page.stat().st_size / 1e6:.1f} MB"
    return f"{size}, written in {seconds:.1f} s with {memory() - before} MiB more than making the report took"


def memory() -> int:
    """The most memory that this process has held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser, or None where there is none."""
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  # may be absent
    except ImportError:
        executable = None
    if executable is None:
        yield None
        return
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def opened(browser: Any, page: Path, runs: int) -> str:
    """What the best of some visits took."""
    if browser is None:
        return "not opened: Chromium or playwright is not installed"
    painted, ready, busy = min((visit(browser, page) for _ in range(runs)), key=lambda found: found[1])
    return f"painted after {painted:.2f} s, ready after {ready:.2f} s, {busy:.2f} s of work in the page"


def visit(browser: Any, page: Path) -> tuple[float, float, float]:
    """Seconds until something is painted and until all is ready, and seconds of work of the page's thread."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    session = context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    tab.goto(page.as_uri(), wait_until="commit", timeout=120_000)
    tab.wait_for_selector("html[data-ready]", state="attached", timeout=120_000)
    metrics = session.send("Performance.getMetrics")["metrics"]
    busy = next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")
    names = ["first-contentful-paint", "ready"]
    painted, ready = tab.evaluate(
        "names => names.map(name => performance.getEntriesByName(name)[0].startTime)", names
    )
    context.close()
    return painted / 1000, ready / 1000, busy


if __name__ == "__main__":
    main()
