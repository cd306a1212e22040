"""A project's own files are read, in order; what was installed, built or linked there is not."""

from collections import Counter

import pytest
from project_files import put

from diffgem_engine.training.corpus.left_out import LeftOut
from diffgem_engine.training.corpus.walk import source_files


def walked(folder, skipped=()):
    counts = Counter()
    found = source_files(folder, None, frozenset(skipped), counts)
    return [path.relative_to(folder).as_posix() for path in found], counts


def test_files_come_in_the_order_of_their_paths(tmp_path):
    """Guards the choice under a cap, which is drawn from this order."""
    for name in ("b.py", "a/z.py", "a.py", "a/b/c.py", "a-b/x.py", "B/y.py"):
        put(tmp_path / name, "x")
    found, _ = walked(tmp_path)
    assert found == [p.relative_to(tmp_path).as_posix() for p in sorted(tmp_path.rglob("*.py"))]


@pytest.mark.parametrize(
    "name",
    [
        *(".git", ".hg", ".venv", ".tox", "node_modules", "__pycache__", "venv", "build", "dist"),
        *("site-packages", "src/Build"),
    ],
)
def test_what_is_no_source_of_the_project_is_not_read(tmp_path, name):
    put(tmp_path / "a.py", "x")
    put(tmp_path / name / "b.py", "x")
    put(tmp_path / name / "lib" / "b.py", "x")
    assert walked(tmp_path) == (["a.py"], {})


def test_folders_of_tests_are_counted(tmp_path):
    put(tmp_path / "a.py", "x")
    put(tmp_path / "Tests" / "b.py", "x")
    put(tmp_path / "lib" / "idle_test" / "b.py", "x")
    assert walked(tmp_path) == (["a.py"], {LeftOut.TESTS: 2})


def test_environments_and_hidden_files_are_not_read(tmp_path):
    """Guards `python -m venv env`, and the copies that some systems make of every file."""
    put(tmp_path / "env" / "pyvenv.cfg", "home = /usr/bin\n")
    put(tmp_path / "env" / "lib" / "b.py", "x")
    put(tmp_path / "._a.py", "x")
    put(tmp_path / ".env.py", "x")
    put(tmp_path / "environment" / "a.py", "x")
    assert walked(tmp_path) == (["environment/a.py"], {})


def test_links_are_not_followed(tmp_path):
    """Guards a walk that never ends, and a project that reads its neighbour."""
    folder = tmp_path / "project"
    put(folder / "a.py", "x")
    put(tmp_path / "outside" / "b.py", "x")
    put(tmp_path / "outside" / "notes.txt", "x")
    for name, target in {
        "loop": folder, "up": tmp_path, "out": tmp_path / "outside", "same.py": folder / "a.py",
        "out.py": tmp_path / "outside" / "b.py", "gone.py": tmp_path / "gone",
        "self.py": folder / "self.py",
        "notes": tmp_path / "outside" / "notes.txt",
    }.items():  # fmt: skip
        (folder / name).symlink_to(target)
    assert walked(folder) == (["a.py"], {LeftOut.LINK: 7})


def test_folders_named_as_held_out_projects_are_counted(tmp_path):
    put(tmp_path / "vendor" / "Beta" / "b.py", "x")
    assert walked(tmp_path, {"beta"}) == ([], {LeftOut.VENDORED: 1})
