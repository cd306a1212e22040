"""A page is followed from a clean start: `walk` has a clone that was set up, `walk_from_nothing`
has nothing at all."""

import shutil
import subprocess
from pathlib import Path

import pytest
from walk_place import Place
from walk_shell import Shell
from walk_stand_ins import stand_ins
from walking import Walk

ROOT = Path(__file__).parents[2]
SETUP_S = 540


def pytest_collection_modifyitems(items):
    """What sets up its own clone comes first: the others are spared it."""
    items.sort(key=lambda item: "walk_from_nothing" not in item.fixturenames)


@pytest.fixture(scope="session")
def places():
    """New ones on demand; at the end nothing is left of any."""
    made = []

    def new():
        made.append(Place())
        return made[-1]

    yield new
    for place in made:
        place.end_all()
        shutil.rmtree(place.home)


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    """The working tree as it is, committed or not, for `git clone`."""
    folder = tmp_path_factory.mktemp("repository") / "diffgem.git"
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in set(listed.split("\0")) - {""}:
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    git(folder, "init", "-q")
    git(folder, "add", "--all")
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    git(folder, *who, "commit", "-q", "-m", "DiffGem")
    return folder


def git(folder, *words):
    return subprocess.run(
        ["git", *words], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


class Clones:
    """One clone that is set up serves all pages; before each it is as it was."""

    def __init__(self, repository, places):
        self._repository, self._places = repository, places
        self.found = None

    def clean(self):
        if self.found is None:
            self.found = self._set_up(self._places())
        git(self.found, "reset", "-q", "--hard")
        git(self.found, "clean", "-q", "-fdx", "-e", ".venv")
        return self.found

    def _set_up(self, place):
        git(place.home, "clone", "-q", str(self._repository), "diffgem")
        clone = place.home / "diffgem"
        done = subprocess.run(
            ["make", "setup"], cwd=clone, env=place.environment, timeout=SETUP_S,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return clone


@pytest.fixture(scope="session")
def clones(repository, places):
    return Clones(repository, places)


@pytest.fixture
def walk(repository, places, clones):
    """Follows a page, in a fresh home, for so many seconds at most."""

    def follow(page, *, limit_s, by_hand=None, environment=None):
        clone, clones.found = (
            clones.clean(),
            None,
        )  # one that a page left half broken serves no more
        _follow(page, places(), repository, clone, limit_s, by_hand, environment)
        clones.found = clone

    return follow


@pytest.fixture
def walk_from_nothing(repository, places, clones):
    """… where the page itself clones and sets up: what it leaves then serves the other pages."""

    def follow(page, *, limit_s):
        place = places()
        _follow(page, place, repository, place.home / "diffgem", limit_s)
        clones.found = place.home / "diffgem"

    return follow


def _follow(page, place, repository, clone, limit_s, by_hand=None, environment=None):
    shell = Shell(place.home, {**place.environment, **(environment or {})}, limit_s)
    try:
        Walk(page, shell, place, stand_ins(repository, clone), by_hand or {}).follow()
    finally:
        shell.end()
        place.end_all()
