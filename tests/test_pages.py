"""What the pages point to is there: files, and the tests that guard what is claimed."""

import re
from pathlib import Path

import pytest
from attrs import fields

from diffgem_lsp.options.reading import wire_name
from diffgem_lsp.options.settings import Options

ROOT = Path(__file__).parents[1]
PAGES = (
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md")),
    *(ROOT / "docs").glob("**/*.md"),
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


@pytest.mark.parametrize("page", ["SECURITY.md", "ARCHITECTURE.md", "docs/complaints.md"])
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


def chapter(title):
    """What ARCHITECTURE.md has under a title."""
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    return page.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_every_invariant_names_its_guard():
    """An absence that nothing watches comes back."""
    bullets = chapter("Invariants").split("\n- ")[1:]
    assert len(bullets) > 20
    assert [
        each
        for each in bullets
        if not re.search(r"\w*[._-](?:test|suite)\.\w+|test_\w+|snippets\.py", each)
    ] == []


def missing(names):
    sources = {str(path.relative_to(ROOT)) for place in PLACES for path in ROOT.glob(place)}
    return [
        name
        for name in names
        if not any(f"/{path}".endswith(f"/{name.rstrip('/')}") for path in sources)
    ]


def test_modules_of_the_code_map_exist():
    """A row for a file that has gone."""
    rows = [row.split("|")[1] for row in chapter("Code map").splitlines() if row.startswith("| `")]
    assert rows
    assert missing(name for row in rows for name in re.findall(r"`([^`]+)`", row)) == []


def test_where_to_change_things_is_told_in_whole_paths():
    """A newcomer is sent to files that are there: ten changes, each with its place and its test."""
    rows = [row for row in chapter("Where would I change …?").splitlines() if row.startswith("| ")]
    changes = rows[2:]
    assert len(changes) >= 10
    for change in changes:
        paths = re.findall(r"`([\w./-]+/[\w./-]*)`", change)
        assert len(paths) >= 2, change
        assert [path for path in paths if not (ROOT / path).exists()] == []


COMPLAINTS = [
    row.split(" | ")
    for row in (ROOT / "docs" / "complaints.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d+ ", row)
]


def test_there_are_twenty_complaints():
    assert [int(row[0].strip("| ")) for row in COMPLAINTS] == list(range(1, 21))


@pytest.mark.parametrize("row", COMPLAINTS, ids=lambda row: row[1])
def test_a_complaint_has_its_settings_and_its_test(row):
    """A setting or a test that was renamed: the page would promise what is not there."""
    settings, shown_by = row[-2], row[-1]
    assert set(re.findall(r"`(\w+)`", settings)) <= {wire_name(each) for each in fields(Options)}
    named = re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", shown_by)
    assert named
    for file, function in named:
        (path,) = [each for each in TESTS if each.name == file]
        assert not function or f"def {function}(" in path.read_text(encoding="utf-8")
