"""Which documents take part: by language, size, name and place."""

import os

import pytest
from project_files import put

from diffgem_lsp.options import Options
from diffgem_lsp.privacy.eligibility import Eligibility


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
        ({"{a,b}" * 40 + ".py": False}, ["a.py"], ["a" * 40 + ".py"]),  # 2^40 of them
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
        "ssh://host/code/a.py",
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
    folders = ["ssh://host/code/"]
    assert why("ssh://host/code/a.py", folders=folders) == ""
    for uri in ("ssh://host/coder/a.py", "ssh://other/code/a.py", "ssh://host/code/../x/a.py"):
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
        assert why(name).startswith("it is a link: ")
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
