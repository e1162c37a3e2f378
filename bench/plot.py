"""Plots of a run as SVG, and as PNG if Chromium is available."""

import shutil
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from bench.report import OURS, TITLES, Result, number, of, typical

WIDTH, NAMES, FIGURES, BAR, PANEL_HEAD, MARGIN = 960, 250, 150, 20, 34, 24
COLOURS = {OURS: "#0f766e"}
OTHERS = "#a8b3bd"
STYLE = """
text { font: 13px system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; fill: #1f2933 }
.title { font-size: 18px; font-weight: 600 } .panel { font-weight: 600 } .note { fill: #616e7c; font-size: 12px }
.ours { font-weight: 600; fill: #0f766e }
"""


def bars(result: Result, engine: str) -> str:
    """Requests per second of all servers, one panel per workload, each with its own scale."""
    servers = result["servers"][engine]
    samples = [sample for sample in result["samples"] if sample["engine"] == engine]
    measured = [workload for workload in TITLES if any(sample["workload"] == workload for sample in samples)]
    name = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}[engine]
    machine, settings = result["machine"], result["settings"]
    body = [
        _text(MARGIN, MARGIN + 12, f"Requests per second on {name}, one server process on one core", "title"),
        _text(
            MARGIN,
            MARGIN + 32,
            f"{settings['connections']} connections, {settings['jobs']:,} jobs, {settings['rounds']} round(s); in"
            f" parentheses CPU milliseconds of the server per request. {machine['processor']}, {machine['date']}.",
            "note",
        ),
    ]
    y = MARGIN + 44
    for workload in measured:
        found = {server: of(samples, workload, server) for server in servers}
        speeds = {server: typical(rounds, "requests_per_second") for server, rounds in found.items() if rounds}
        fastest = max(speed for speed in speeds.values() if speed is not None)
        y += PANEL_HEAD
        body.append(_text(MARGIN, y - 8, TITLES[workload], "panel"))
        for server, speed in speeds.items():
            body += _bar(
                y,
                servers[server],
                (speed or 0) / fastest,
                f"{number(speed)} ({number(typical(found[server], 'cpu'))} ms)",
                ours=server == OURS,
            )
            y += BAR
    return _svg(y + MARGIN, body)


def _bar(y: float, name: str, share: float, figure: str, *, ours: bool) -> Iterator[str]:
    kind = "ours" if ours else ""
    length = max(1.0, share * (WIDTH - 2 * MARGIN - NAMES - FIGURES))
    yield _text(MARGIN, y + 14, name, kind)
    yield (
        f'<rect x="{MARGIN + NAMES}" y="{y + 3}" width="{length:.1f}" height="{BAR - 6}" rx="2"'
        f' fill="{COLOURS[OURS] if ours else OTHERS}"/>'
    )
    yield _text(MARGIN + NAMES + length + 6, y + 14, figure, kind)


def growth(result: Result) -> str:
    """Median latency of jobbot-gql on tables of increasing size, one panel per workload."""
    points = [point for point in result["growth"] if point["server"] == OURS]
    body = [
        _text(MARGIN, MARGIN + 12, "Median latency as the tables grow", "title"),
        _text(
            MARGIN,
            MARGIN + 32,
            "jobbot-gql on PostgreSQL, one connection; times as much as on the smallest tables.",
            "note",
        ),
    ]
    y = MARGIN + 44
    for workload in dict.fromkeys(point["workload"] for point in points):
        line = sorted((point for point in points if point["workload"] == workload), key=lambda point: point["jobs"])
        slowest = max(point["p50"] for point in line)
        y += PANEL_HEAD
        body.append(_text(MARGIN, y - 8, TITLES[workload], "panel"))
        for point in line:
            figure = f"{number(point['p50'])} ms ({point['p50'] / line[0]['p50']:.2f}x)"
            body += _bar(y, f"{point['jobs']:,} jobs", point["p50"] / slowest, figure, ours=False)
            y += BAR
    return _svg(y + MARGIN, body)


def draw(result: Result, folder: Path, say: Callable[[str], None]) -> None:
    """Write all pictures of a run into a folder, each as SVG and as PNG."""
    pictures = {engine: bars(result, engine) for engine in result["servers"]}
    if result["growth"]:
        pictures["growth"] = growth(result)
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in pictures.items():
        (folder / f"{name}.svg").write_text(svg, "utf-8")
    try:
        _rasterise(pictures, folder)
    except PlaywrightError as error:
        say(f"no PNG was made, for no Chromium could be started: {error.message.splitlines()[0]}")


def _rasterise(pictures: dict[str, str], folder: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page(device_scale_factor=2)
        for name, svg in pictures.items():
            page.set_content(f"<style>body {{ margin: 0 }}</style>{svg}")
            page.locator("svg").screenshot(path=folder / f"{name}.png")
        browser.close()


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(text)}</text>'


def _svg(height: float, body: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}"'
        f' width="{WIDTH}" height="{height:.0f}" role="img">\n<style>{STYLE}</style>\n'
        '<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )
