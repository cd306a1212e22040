"""Ignore files, as git reads them; git itself says so where it is installed."""

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern
from project_files import put

from diffgem_engine.secrecy.ignore import IgnoreRules, rule_of
from diffgem_engine.training.corpus.left_out import LeftOut
from diffgem_engine.training.corpus.walk import source_files

FILES = ("a.py", "b.py", "lib/a.py", "lib/b.py", "lib/deep/a.py", "out/a.py", "out/lib/b.py")
NESTED = "lib/.gitignore"
CASES = {
    "nothing": ({}, FILES),
    "a name at any depth": ({".gitignore": "a.py"}, ("b.py", "lib/b.py", "out/lib/b.py")),
    "a name at the top": (
        {".gitignore": "/a.py"},
        ("b.py", "lib/a.py", "lib/b.py", "lib/deep/a.py", "out/a.py", "out/lib/b.py"),
    ),
    "a folder at any depth": ({".gitignore": "lib/"}, ("a.py", "b.py", "out/a.py")),
    "a folder at the top": ({".gitignore": "/lib"}, ("a.py", "b.py", "out/a.py", "out/lib/b.py")),
    "a path is anchored": (
        {".gitignore": "lib/a.py\nlib/deep/"},
        ("a.py", "b.py", "lib/b.py", "out/a.py", "out/lib/b.py"),
    ),
    "stars": ({".gitignore": "**/deep/\n[b].p?\n"}, ("a.py", "lib/a.py", "out/a.py")),
    "stars in one name": ({".gitignore": "*l*b*\n?*.p*\n!*b.*y\n"}, ("b.py",)),
    "the last one decides": ({".gitignore": "*.py\n!b.py"}, ("b.py", "lib/b.py", "out/lib/b.py")),
    "nothing comes back out of an ignored folder": (
        {".gitignore": "lib/\n!lib/a.py"}, ("a.py", "b.py", "out/a.py"),
    ),
    "all but some": (
        {".gitignore": "*\n!*/\n!a.py\n"}, ("a.py", "lib/a.py", "lib/deep/a.py", "out/a.py"),
    ),
    "the nearer file decides": (
        {".gitignore": "a.py", NESTED: "!a.py\nb.py"},
        ("b.py", "lib/a.py", "lib/deep/a.py", "out/lib/b.py"),
    ),
    "a folder kept is not all in it": (
        {".gitignore": "*.py", NESTED: "!*/\n!b.py"}, ("lib/b.py",),
    ),
    "a nested file is for its folder": (
        {NESTED: "/a.py\ndeep"}, ("a.py", "b.py", "lib/b.py", "out/a.py", "out/lib/b.py"),
    ),
    "line ends, comments, spaces, a mark": (
        {".gitignore": "\ufeffa.py\r\n# b.py\r\n\r\nout/  \r\n"}, ("b.py", "lib/b.py"),
    ),
    "no pattern": (
        {".gitignore": "!\n\\\n[z-a]\n[[:foo]\n/\nb.py"},
        ("a.py", "lib/a.py", "lib/deep/a.py", "out/a.py"),
    ),
}  # fmt: skip


@pytest.fixture
def read(tmp_path):
    """The paths that are read, and the counts of the others."""
    folder = tmp_path / "project"
    for name in FILES:
        put(folder / name, "x")

    def files(rules):
        for name, text in rules.items():
            put(folder / name, text)
        counts = Counter()
        found = source_files(folder, None, frozenset(), counts)
        return tuple(path.relative_to(folder).as_posix() for path in found), counts

    return files


@pytest.mark.parametrize("name", CASES)
def test_files_are_ignored_as_by_git(read, name):
    rules, expected = CASES[name]
    found, counts = read(rules)
    assert found == expected
    assert set(counts) <= {LeftOut.IGNORED}


@pytest.mark.skipif(shutil.which("git") is None, reason="no git to compare with")
@pytest.mark.parametrize("name", CASES)
def test_git_says_the_same(tmp_path, read, name):
    """Guards the table above."""
    rules, expected = CASES[name]
    read(rules)
    git = ["git", "-C", str(tmp_path / "project"), "-c", "core.excludesFile=/dev/null"]
    subprocess.run([*git, "init", "-q"], check=True)
    listed = subprocess.run(
        [*git, "ls-files", "--others", "--exclude-standard", "*.py"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert sorted(listed.split()) == sorted(expected)


@pytest.mark.parametrize(
    "line", ["*" * 2000 + "x", "*a" * 30 + "b", "**/" * 30 + "*a*a*a*a*a*a*a*b", "?*" * 30 + "b"]
)
def test_no_line_takes_for_ever(tmp_path, read, line):
    """Guards a corpus that is never collected: what does not match is found out at once."""
    name = "a" * 60 + ".py"
    put(tmp_path / "project" / name, "x")
    found, _ = read({".gitignore": f"{line}\n"})
    assert name in found


def test_our_own_file_has_the_last_word(read):
    """Guards code that is ignored only because it is not committed."""
    found, _ = read({".gitignore": "a.py", ".diffgemignore": "!/a.py\nb.py\n"})
    assert found == ("a.py",)


def test_a_folder_whose_rules_cannot_be_read_is_left_out(tmp_path, read):
    """Guards files that somebody wanted ignored."""
    (tmp_path / "project" / "lib" / ".gitignore").write_bytes(b"#" * 2_000_000)
    found, counts = read({})
    assert found == ("a.py", "b.py", "out/a.py", "out/lib/b.py")
    assert counts == {LeftOut.UNREADABLE: 1}


def test_so_many_rules_are_not_read(tmp_path, read):
    """A megabyte of them took twenty seconds, in each folder of a project."""
    rules = "".join(f"x{number}\n" for number in range(20_000))
    put(tmp_path / "project" / "lib" / ".gitignore", rules)
    found, counts = read({})
    assert found == ("a.py", "b.py", "out/a.py", "out/lib/b.py")
    assert counts == {LeftOut.UNREADABLE: 1}


def test_names_that_are_no_unicode(tmp_path, read):
    put(tmp_path / "project" / "caf\udce9.py", "x")
    (tmp_path / "project" / ".gitignore").write_bytes(b"caf\xe9.py\n")
    found, counts = read({})
    assert found == FILES
    assert counts == {LeftOut.IGNORED: 1}


@pytest.mark.parametrize("line", ["a/**/" * 6 + "b", "**/" + "a/**/" * 6 + "b", "a*/**/" * 6 + "b"])
def test_folders_within_folders_take_no_longer(line):
    """Four times two stars and a hundred folders were a second, at every look."""
    rules = IgnoreRules(Path("/x"), (rule_of(line),))
    assert not rules.ignores(Path("/x") / ("a/" * 300 + "c"), is_folder=False)
    assert rules.ignores(Path("/x") / ("a/" * 300 + "b"), is_folder=False)


PARTS = st.sampled_from(["a", "b", "ab", "*", "a*", "*b", "**", "**", "?"])


@given(
    line=st.lists(PARTS, min_size=1, max_size=7).map("/".join),
    path=st.lists(st.sampled_from(["a", "b", "ab", "aab"]), min_size=1, max_size=7).map("/".join),
    is_folder=st.booleans(),
    ends=st.sampled_from(["", "/"]),
)
def test_rules_mean_what_the_library_says(line, path, is_folder, ends):
    """Guards the rewriting of its patterns into quick ones."""
    plain = GitIgnoreSpecPattern(line + ends)
    rule, place = rule_of(line + ends), Path("/x") / path
    slow = (re.compile(plain.regex.pattern), bool(plain.include))
    quick, known = (IgnoreRules(Path("/x"), (each,)) for each in (rule, slow))
    assert quick.ignores(place, is_folder=is_folder) == known.ignores(place, is_folder=is_folder)
