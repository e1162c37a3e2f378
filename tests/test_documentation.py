"""The documentation is complete and leads somewhere."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
DOCS = TOP / "docs"
PAGES = sorted([*TOP.glob("*.md"), *DOCS.glob("*.md"), *DOCS.glob("decisions/*.md")])
DECISIONS = sorted(DOCS.glob("decisions/[0-9]*.md"))


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]*(?:#[^)\s]*)?)\)", page.read_text("utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file.read_text("utf-8")), f"{page.name} links to {target}"


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text("utf-8")

    assert [
        page.name for page in DOCS.glob("*.md") if page.name != "README.md" and f"]({page.name})" not in index
    ] == []


def test_every_decision_is_indexed_with_its_status() -> None:
    index = (DOCS / "decisions" / "README.md").read_text("utf-8")
    for decision in DECISIONS:
        number, title, status = re.match(  # type: ignore[union-attr]  # a page without them fails here, as it should
            r"# (\d+)\. (.+)\n\nStatus: (.+?)\.?\n", decision.read_text("utf-8")
        ).groups()
        assert f"| {number} | [{title}]({decision.name}) | {status} |" in index
        if status.startswith("superseded by"):
            assert re.search(r"\]\(\d{4}-[\w-]+\.md\)", status), f"{decision.name} does not link to its successor"
