"""What the pages point to is there: files, and the tests that guard what is claimed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = (
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md")),
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "editors").glob("**/README.md"),
)
PLACES = ("*", ".ci/*", "deploy/**/*", "scripts/*", "editors/*/**/*", "tests/*",
          "diffgem_lsp/**/*", "engine/**/*")  # fmt: skip
TESTS = [path for path in (ROOT / "tests").rglob("test_*.py") if path.is_file()]


def readable(pages):
    return [page for page in pages if "node_modules" not in page.parts]


@pytest.mark.parametrize("page", readable(PAGES), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    """A page that was moved or renamed."""
    links = re.findall(r"\]\(([^)#\s]+)[^)\s]*\)", page.read_text(encoding="utf-8"))
    own = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in own if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", ["SECURITY.md", "ARCHITECTURE.md"])
def test_the_tests_that_are_named_exist(page):
    """A claim whose test was renamed, or never written."""
    named = set(re.findall(r"\btest_\w+(?:\.py)?", (ROOT / page).read_text(encoding="utf-8")))
    files = {path.name for path in TESTS}
    functions = {
        found
        for path in TESTS
        for found in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    assert named
    assert named - files - functions == set()


def test_modules_of_the_code_map_exist():
    """A row for a file that has gone."""
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    code_map = page.partition("## Code map")[2].partition("\n## ")[0]
    rows = [row.split("|")[1] for row in code_map.splitlines() if row.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    sources = {str(path.relative_to(ROOT)) for place in PLACES for path in ROOT.glob(place)}
    missing = [
        name
        for name in named
        if not any(f"/{path}".endswith(f"/{name.rstrip('/')}") for path in sources)
    ]
    assert missing == []
