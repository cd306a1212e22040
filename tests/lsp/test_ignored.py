"""Ignore files, as git reads them and as they change."""

import os
import shutil
import subprocess

import pytest
from project_files import put

from diffgem_lsp.options import Options
from diffgem_lsp.privacy.eligibility import STALE_S, Eligibility

IGNORED = [
    ({".gitignore": "a.py"}, ["b.py"], ["a.py", "lib/a.py"]),
    ({".diffgemignore": "lib/\n!lib/a.py"}, ["a.py"], ["lib/a.py", "lib/deep/b.py"]),
    ({".gitignore": "*.py\n!keep.py"}, ["keep.py", "lib/keep.py"], ["a.py", "lib/a.py"]),
    ({".gitignore": "*.py", "lib/.gitignore": "!a.py"}, ["lib/a.py"], ["a.py", "lib/b.py"]),
    ({".gitignore": "a.py", ".diffgemignore": "!a.py\nb.py"}, ["a.py"], ["b.py"]),
    ({"lib/.diffgemignore": "*"}, ["a.py"], ["lib/a.py", "lib/x/y.py"]),
    ({".git/info/exclude": "a.py"}, ["b.py"], ["a.py", "lib/a.py"]),
    ({".git/info/exclude": "a.py", ".gitignore": "!a.py"}, ["a.py"], []),
    ({".gitignore": "cafe\u0301.py"}, ["cafe.py"], ["caf%C3%A9.py", "cafe%CC%81.py"]),
    ({".gitignore": "a b.py\n\\#x.py"}, ["a.py"], ["a%20b.py", "%23x.py"]),
]  # fmt: skip


@pytest.mark.parametrize(("files", "on", "off"), IGNORED)
def test_ignore_files(why, root, files, on, off):
    for name, text in files.items():
        put(root / name, text)
    assert [each for each in on if why(each)] == []
    assert all("is ignored" in why(each) for each in off)
    assert all("is ignored" in why(each, files={"*": True}) for each in off)


@pytest.mark.skipif(shutil.which("git") is None, reason="no git to compare with")
@pytest.mark.parametrize(
    ("files", "on", "off"),
    [each for each in IGNORED if "\u0301" not in str(each) and ".diff" not in str(each)],
)
def test_git_says_the_same(root, why, files, on, off):
    """Guards the table above."""
    git = ["git", "-C", str(root), "-c", "core.excludesFile=/dev/null"]
    subprocess.run([*git, "init", "-q"], check=True)
    for name, text in files.items():
        put(root / name, text)
    for name in on + off:
        plain = name.replace("%20", " ").replace("%23", "#")
        done = subprocess.run([*git, "check-ignore", "-q", "--no-index", plain], check=False)
        assert done.returncode == (name in on), name


def test_a_workspace_within_a_repository(why, root):
    put(root / ".git" / "HEAD")
    put(root / ".gitignore", "/lib/a.py\n")
    folders = [(root / "lib").as_uri()]
    assert "is ignored" in why("lib/a.py", folders=folders)
    assert why("lib/b.py", folders=folders) == ""
    assert "is ignored" in why("lib/a.py", folders=[])


def test_a_worktree_has_the_rules_of_its_repository(why, root):
    put(root / "main" / "info" / "exclude", "a.py\n")
    put(root / "main" / "worktrees" / "x" / "commondir", "../..\n")
    put(root / ".git", f"gitdir: {root}/main/worktrees/x\n")
    assert "is ignored" in why("a.py")
    put(root / ".git", "gitdir: main\n")
    assert "is ignored" in why("lib/other/a.py")


@pytest.mark.parametrize("config", [None, '[core]\n  excludesFile = "~/mine"\n'])
def test_rules_of_the_user(why, root, home, config):
    """What git leaves alone in all repositories."""
    put(root / ".git" / "HEAD")
    if config:
        put(home / ".gitconfig", config)
    put(home / "mine" if config else home / ".config" / "git" / "ignore", "a.py\nb.py\n")
    put(root / ".gitignore", "!b.py\n")
    assert "is ignored" in why("a.py")
    assert why("b.py") == ""


def test_a_home_of_nobody(why, root, home):
    """The request ended with an internal error."""
    put(root / ".git" / "HEAD")
    put(home / ".gitconfig", '[core]\n  excludesFile = "~no-such-user/mine"\n')
    put(root / ".gitignore", "b.py\n")
    assert why("a.py") == ""
    assert "is ignored" in why("b.py")


def test_rules_that_change(why, root, clock):
    """A file that was ignored a minute ago was still sent; or every key read all rules again."""
    assert why("a.py") == ""
    ignore = put(root / ".gitignore", "a.py\n")
    clock.now += STALE_S / 2
    assert why("a.py") == ""
    clock.now += STALE_S / 2
    assert "is ignored" in why("a.py")
    stamp = ignore.stat()
    put(ignore, "b.py\n")
    os.utime(ignore, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 1))
    clock.now += STALE_S
    assert why("a.py") == ""
    ignore.unlink()
    clock.now += STALE_S
    assert why("b.py") == ""


def test_a_change_that_was_heard_of_counts_at_once(root, clock):
    eligible = Eligibility(Options(), [root.as_uri()], clock)
    uri = f"{root.as_uri()}/a.py"
    assert eligible.reason(uri, "python", 1) == ""
    put(root / ".diffgemignore", "a.py\n")
    eligible.forget()
    assert "is ignored" in eligible.reason(uri, "python", 1)


def test_rules_that_cannot_be_read(why, root):
    """What was not meant to be seen was sent because its ignore file was out of order."""
    (root / ".gitignore").write_bytes(b"#" * 2_000_000)
    assert "cannot be found out" in why("a.py")
    (root / "lib" / ".gitignore").mkdir()
    assert "cannot be found out" in why("lib/other/a.py")


def test_so_many_rules_that_nobody_has_written_them(why, root):
    """A clone whose folders had a megabyte each kept the server for minutes."""
    many = "".join(f"x{number}\n" for number in range(8_000))
    place = root
    for name in ("lib", "deep", "more"):
        place = place / name
        put(place / ".gitignore", many)
    assert why("lib/a.py") == ""
    assert why("lib/deep/a.py") == ""
    assert "more than 20000 rules: make them shorter" in why("lib/deep/more/a.py")
    put(root / "lib" / "other" / ".gitignore", many * 2)
    assert "has more than 10000 lines: make it shorter" in why("lib/other/a.py")
