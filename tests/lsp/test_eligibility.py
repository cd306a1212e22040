"""Which documents take part: by language, size, name, place and ignore files."""

import os
import shutil
import subprocess

import pytest

from diffgem_lsp.options import Options
from diffgem_lsp.privacy.eligibility import STALE_S, Eligibility


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "work"
    (folder / "lib").mkdir(parents=True)
    return folder


@pytest.fixture
def why(root, clock):
    """Why a file of the workspace takes no part; a path from the root, or a whole URI."""
    made = {}

    def why(name, language="python", characters=1, folders=None, **options):
        folders = [root.as_uri()] if folders is None else folders
        key = (tuple(folders), repr(options))
        if key not in made:
            made[key] = Eligibility(Options(**options), folders, clock)
        uri = name if ":" in name else f"{root.as_uri()}/{name}"
        return made[key].reason(uri, language, characters)

    return why


def put(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("switches", "on", "off"),
    [
        ({}, ["python", "markdown", "nothing known"], []),
        ({"markdown": False}, ["python", "html"], ["markdown"]),
        ({"javascript": False}, ["typescript"], ["javascript", "javascriptreact", "jsx"]),
        ({"javascript": False, "javascriptreact": True}, ["javascriptreact"], ["javascript"]),
        ({"sh": False}, ["python"], ["shellscript", "bash", "zsh"]),
        ({"*": False, "python": True}, ["python", "py"], ["go", "markdown", "nothing known"]),
        ({"*": True, "go": False}, ["python"], ["go", "golang"]),
    ],
)
def test_languages(why, switches, on, off):
    assert [each for each in on if why("a", each, languages=switches)] == []
    assert all("option 'languages'" in why("a", each, languages=switches) for each in off)


@pytest.mark.parametrize(
    ("switches", "on", "off"),
    [
        ({"tests/**": False}, ["a.py", "lib/tests/a.py"], ["tests/a.py", "tests/b/a.py"]),
        ({"tests/": False}, ["tests"], ["tests/a.py", "lib/tests/a.py"]),
        ({"*.md": False, "lib/*.md": True}, ["lib/a.md", "a.py"], ["a.md", "lib/b/a.md"]),
        ({"lib/*.md": True, "*.md": False}, ["a.py"], ["lib/a.md"]),
        ({"*": False, "*.py": True}, ["a.py", "lib/a.py"], ["a.md", "lib/a.md"]),
        ({"**/*.{js,ts}": False}, ["a.py", "a.tsx"], ["a.js", "lib/b.ts"]),
        ({"caf?/[ab].py": False}, ["caf%C3%A9/c.py"], ["caf%C3%A9/a.py"]),
        ({"/a.py": False}, ["lib/a.py"], ["a.py", "lib/../a.py", "lib/%2E%2E/a.py"]),
        ({"[z-a]": False, "\\": False, "{": False}, ["a.py"], []),
    ],
)
def test_files(why, switches, on, off):
    """The last of those that fit decides."""
    assert [each for each in on if why(each, files=switches)] == []
    assert all("option 'files'" in why(each, files=switches) for each in off)


def test_size(why):
    assert why("a.py", characters=11, max_file_characters=11) == ""
    assert "too large: 12" in why("a.py", characters=12, max_file_characters=11)


def test_names_of_secrets_are_left_out_whatever_an_option_says(why):
    for name in (
        ".env",
        "lib/id_rsa",
        "prod.PEM",
        "%2Eenv",
        "%252Eenv",
        ".env.",
        ".env%20",
        "x/.aws/config",
    ):
        assert "may hold secrets" in why(name, files={"*": True})


OUTSIDE = [
    *("file:///elsewhere/a.py", "{root}-other/a.py", "{root}/../a.py", "{root}/lib/../../a.py"),
    *("{root}/%2e%2e/a.py", "{root}/lib/%2E%2E/%2E%2E/a.py", "git:/elsewhere/a.py?HEAD"),
    *(
        "ssh://host/work/a.py",
        "jdt://contents/rt.jar/A.class",
        "vscode-notebook-cell:/elsewhere/a.ipynb#x",
    ),
    *("untitled:/elsewhere/a.py",),
]


@pytest.mark.parametrize("uri", OUTSIDE)
def test_outside_the_workspace(why, root, uri):
    whole = uri.format(root=root.as_uri())
    assert "outside the workspace" in why(whole)
    assert why(whole, workspace_only=False) == ""
    assert why(whole, folders=[]) == ""


@pytest.mark.parametrize(
    "uri",
    [
        "{root}/a.py",
        "{root}/lib/../a.py",
        "untitled:Untitled-1",
        "FILE://{path}/a.py",
        "file://localhost{path}/a.py",
    ],
)
def test_inside_or_nowhere(why, root, uri):
    assert why(uri.format(root=root.as_uri(), path=root)) == ""


def test_folders_of_other_kinds(why):
    folders = ["ssh://host/work/"]
    assert why("ssh://host/work/a.py", folders=folders) == ""
    for uri in ("ssh://host/worker/a.py", "ssh://other/work/a.py", "ssh://host/work/../x/a.py"):
        assert "outside" in why(uri, folders=folders)


def test_links(why, root, tmp_path):
    """A link to a key was completed in; and one that leads out of the workspace."""
    put(tmp_path / "elsewhere" / "a.py")
    put(tmp_path / ".ssh" / "work")
    put(root / "secrets.yaml")
    (root / "a.py").symlink_to(tmp_path / "elsewhere" / "a.py")
    (root / "far").symlink_to(tmp_path / "elsewhere")
    (root / "key.txt").symlink_to(tmp_path / ".ssh" / "work")
    (root / "plain.txt").symlink_to(root / "secrets.yaml")
    (root / "loop").symlink_to(root / "loop")
    assert "leads out of the workspace" in why("a.py")
    assert "leads out of the workspace" in why("far/a.py")
    for name in ("key.txt", "plain.txt"):
        assert "may hold secrets" in why(name)
        assert "may hold secrets" in why(name, workspace_only=False)
    assert why("loop") == ""


def test_what_turns_a_file_off_turns_its_links_off(why, root):
    put(root / "lib" / "a.py")
    put(root / ".gitignore", "/lib/b.py\n")
    (root / "a.txt").symlink_to(root / "lib" / "a.py")
    (root / "b.txt").symlink_to(root / "lib" / "b.py")
    assert "option 'files'" in why("a.txt", files={"lib/a.py": False})
    assert "is ignored" in why("b.txt")


def test_a_workspace_that_is_a_link(why, root, tmp_path):
    """Nothing was completed in any file of it."""
    (tmp_path / "link").symlink_to(root)
    for folder, file in (("link", "work"), ("work", "link"), ("link", "link")):
        folders = [(tmp_path / folder).as_uri()]
        assert why((tmp_path / file / "a.py").as_uri(), folders=folders) == ""
    put(root / ".gitignore", "b.py")
    assert "ignored" in why((tmp_path / "link" / "b.py").as_uri(), folders=[root.as_uri()])


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
    assert "is ignored" in why("lib/a.py")


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
    assert "cannot be found out" in why("lib/a.py")


@pytest.mark.parametrize(
    "name", ["a%00.py", "x" * 5_000, "a/" * 3_000, "%FF.py", "%ED%B0%80.py", "%"]
)
def test_names_of_any_kind(why, root, name):
    """A name that no disk has ended the request with an internal error."""
    put(root / ".gitignore", "b.py\n")
    assert isinstance(why(name), str)


def test_what_is_known_costs_no_look_at_the_disk(why, root, monkeypatch):
    """Every key asked the disk about every folder."""
    assert why("a.py") == ""
    monkeypatch.setattr(os, "stat", None)
    monkeypatch.setattr(os, "lstat", None)
    assert why("a.py") == ""


def test_few_answers_are_kept(clock, root):
    eligible = Eligibility(Options(), [root.as_uri()], clock)
    for number in range(1_100):
        eligible.reason(f"untitled:{number}", "python", 1)
    assert len(eligible._answers) == 1_024
