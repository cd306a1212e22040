"""What goes into the corpus, and on which side."""

import os
import stat

import pytest
from project_files import put, source

from diffgem_engine.secrecy.reading import MOST, read_bytes
from diffgem_engine.training.corpus import collecting
from diffgem_engine.training.corpus.collecting import collect, fingerprint
from diffgem_engine.training.corpus.left_out import LeftOut
from diffgem_engine.training.errors import NothingToTrainOn, TrainError, UnknownProject


@pytest.fixture
def projects(tmp_path):
    folder = tmp_path / "src"
    put(folder / "alpha" / "alpha" / "a.py", source("one"))
    put(folder / "alpha" / "alpha" / "b.py", source("two"))
    put(folder / "alpha" / "alpha-1.dist-info" / "METADATA", "Name: alpha\nLicense: MIT\n\ntext")
    put(folder / "Beta" / "beta" / "c.py", source("three"))
    return folder


def collected(folder, held_out=(), exclude=(), cap=10**6):
    return collect([folder], held_out, exclude, cap)


def test_a_pipe_is_no_regular_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="pipe is no regular file"):
        read_bytes(tmp_path / "pipe")


def paths(documents):
    return sorted(f"{document.project}:{document.path}" for document in documents)


def test_whole_projects_are_held_out(projects):
    """Guards an evaluation on files whose neighbours were trained on."""
    corpus = collected(projects, held_out=["beta"])
    assert paths(corpus.train) == ["alpha:alpha/a.py", "alpha:alpha/b.py"]
    assert paths(corpus.held_out) == ["beta:beta/c.py"]


def test_projects_are_named_in_any_case(projects):
    """Guards `--hold-out Beta`, which held nothing out: folders' names are in lower case."""
    put(projects.parent / "Gamma" / "loose.py", source("six"))  # a name that keeps its case
    folders = [projects.parent / "Gamma", projects]
    assert paths(collect(folders, ["Beta"], [], 10**6).held_out) == ["beta:beta/c.py"]
    assert paths(collect(folders, ["GAMMA"], [], 10**6).held_out) == ["Gamma:loose.py"]
    rest = collect(folders, [], ["gAMMA", "BETA"], 10**6).train
    assert {document.project for document in rest} == {"alpha"}


@pytest.mark.parametrize("side", ["held_out", "exclude"])
def test_a_name_that_no_project_has_is_refused(projects, side):
    """Guards a typing error that holds nothing out, and an evaluation on what was trained on."""
    option = "--" + side.replace("_", "-").replace("held", "hold")
    with pytest.raises(UnknownProject, match=f"{option} betta: .* there are beta, alpha(;|$)"):
        collected(projects, **{side: ["betta"]})


def test_few_of_many_known_names_are_listed(projects):
    for number in range(20):
        put(projects / f"project{number}" / "a.py", source(f"p{number}"))
    with pytest.raises(UnknownProject, match=r"there are beta(, \w+){4} and 17 more(;|$)"):
        collected(projects, held_out=["bata"])


def test_a_project_is_held_out_or_excluded(projects):
    """Guards a project that is excluded and so, silently, not held out."""
    with pytest.raises(TrainError, match="beta is in both --hold-out and --exclude"):
        collected(projects, held_out=["beta"], exclude=["Beta"])


def test_nothing_left_is_no_corpus(projects):
    """Guards a run of no text, and an evaluation that is promised of no file."""
    (projects / "empty").mkdir()
    with pytest.raises(NothingToTrainOn, match="nothing to hold out of empty"):
        collected(projects, held_out=["empty"])
    with pytest.raises(NothingToTrainOn, match="nothing to train on"):
        collected(projects, held_out=["alpha", "beta"])
    with pytest.raises(NothingToTrainOn, match=r"nothing to train on: .* --cap"):
        collected(projects, cap=10)


def test_folders_of_tests_are_left_out(projects):
    """Guards the model card: it says so.  What a library calls `testing` is its own code."""
    for number, folder in enumerate(("test", "Tests", "a/tests/b", "idlelib/idle_test")):
        put(projects / "alpha" / "alpha" / folder / "t.py", source(f"t{number}"))
    put(projects / "alpha" / "alpha" / "testing" / "kept.py", source("six"))
    put(projects / "tests" / "t.py", source("seven"))  # beside the projects, in a repository
    assert paths(collected(projects).train) == [
        "alpha:alpha/a.py", "alpha:alpha/b.py", "alpha:alpha/testing/kept.py", "beta:beta/c.py",
    ]  # fmt: skip


def test_the_standard_librarys_own_tests_are_left_out(tmp_path):
    """Guards its package `test`, a fifth of all its files."""
    library = tmp_path / "python3.11"
    put(library / "random.py", source("one"))
    put(library / "test" / "test_random.py", source("two"))
    put(library / "test" / "support" / "os_helper.py", source("three"))
    corpus = collect([library], [], [], 10**6)
    assert paths(corpus.train) == ["python3.11:random.py"]


def test_a_file_that_both_sides_have_is_held_out_alone(projects):
    """Guards a copy in another project, with other white space."""
    put(projects / "alpha" / "alpha" / "copied.py", source("three").replace("    ", "  "))
    corpus = collected(projects, held_out=["beta"])
    assert "alpha:alpha/copied.py" not in paths(corpus.train)
    assert paths(corpus.held_out) == ["beta:beta/c.py"]


def test_vendored_copies_of_held_out_projects_are_left_out(projects):
    """Guards an older version of a held-out project inside a training one."""
    put(projects / "alpha" / "alpha" / "_vendor" / "beta" / "old.py", source("four"))
    put(projects / "beta_user" / "use.py", source("five"))
    corpus = collected(projects, held_out=["beta"])
    assert paths(corpus.train) == ["alpha:alpha/a.py", "alpha:alpha/b.py", "beta_user:use.py"]


def test_equal_files_count_once(projects):
    put(projects / "alpha" / "alpha" / "again.py", source("one") + "\n\n")
    assert len(collected(projects).train) == 3
    assert fingerprint("a b\n") == fingerprint("ab")
    assert fingerprint("a") != fingerprint("b")


def test_line_breaks_are_made_alike(projects):
    """Guards a model that learns to write carriage returns."""
    put(projects / "gamma" / "g.py", source("six").replace("\n", "\r\n"))
    [document] = [d for d in collected(projects).train if d.project == "gamma"]
    assert document.text == source("six")


def test_what_is_excluded_or_no_source_is_not_read(projects):
    put(projects / "alpha" / "alpha" / "site-packages" / "x" / "y.py", source("seven"))
    put(projects / "alpha" / "alpha" / "notes.txt", source("eight"))
    (projects / "alpha" / "alpha" / "binary.py").write_bytes(b"\xff\xfe" * 400)
    assert paths(collected(projects, exclude=["beta"]).train) == [
        "alpha:alpha/a.py", "alpha:alpha/b.py",
    ]  # fmt: skip


def test_a_project_gives_at_most_its_cap(projects):
    """Guards a corpus that one large project is most of; the choice is always the same."""
    for number in range(8):
        put(projects / "big" / f"{number}.py", source(f"name{number}"))
    size = len(source("name0"))
    first, second = (collected(projects, cap=3 * size) for _ in range(2))
    chosen = [d for d in first.train if d.project == "big"]
    assert len(chosen) == 3
    assert sum(len(d.text) for d in chosen) <= 3 * size
    assert paths(first.train) == paths(second.train)


def test_a_folder_of_files_is_one_project(projects):
    """Guards a standard library that falls into a project for every package."""
    put(projects / "alpha" / "setup.py", source("nine"))
    corpus = collect([projects / "alpha"], [], [], 10**6)
    assert {document.project for document in corpus.train} == {"alpha"}


def test_projects_of_one_name_are_one_project(projects, tmp_path):
    """Guards two caps, and a licence that the second folder's hides."""
    other = tmp_path / "other"
    put(other / "ALPHA" / "c.py", source("six"))
    put(other / "ALPHA" / "PKG-INFO", "License: BSD\n")
    both = collect([projects, other], ["beta"], [], 10**6)
    assert paths(both.train) == ["alpha:alpha/a.py", "alpha:alpha/b.py", "alpha:c.py"]
    assert both.licences["alpha"] == "MIT AND BSD"
    assert len(collect([projects, other], ["beta"], [], 2 * len(source("one"))).train) == 2
    held = collect([projects, other], ["alpha"], [], 10**6)
    assert {document.project for document in held.train} == {"beta"}


def test_a_source_given_twice_counts_once(projects):
    assert len(collect([projects, projects], [], [], 10**6).train) == 3


def test_what_is_left_out_is_counted_by_its_reason(projects):
    """Guards a corpus that is half as large as its source, and nobody can say why."""
    alpha = projects / "alpha"
    put(alpha / ".gitignore", "secret_*.py\n/local/\n")
    put(alpha / "secret_a.py", source("g1"))
    put(alpha / "local" / "b.py", source("g2"))
    put(alpha / "again.py", source("one"))
    put(alpha / "short.py", "x = 1\n")
    put(alpha / "long.py", "x = 1\n" * MOST)
    put(alpha / "made.py", "# Generated by a tool\n" + source("g3"))
    put(alpha / "key.py", source("g4") + 'API_KEY = "' + "9f8a7b6c5d4e3f2a" * 2 + '"\n')
    (alpha / "latin.py").write_bytes(b"# caf\xe9\n" * 100)
    (alpha / "link.py").symlink_to(alpha / "alpha" / "a.py")
    put(alpha / "beta" / "vendored.py", source("g5"))
    put(alpha / "tests" / "test_a.py", source("g6"))
    assert collected(projects, held_out=["beta"]).left_out == {
        LeftOut.IGNORED: 2, LeftOut.DUPLICATE: 1, LeftOut.SIZE: 2, LeftOut.GENERATED: 1,
        LeftOut.SECRET: 1, LeftOut.NOT_UTF8: 1, LeftOut.LINK: 1, LeftOut.VENDORED: 1,
        LeftOut.TESTS: 1,
    }  # fmt: skip


def test_what_is_no_file_is_not_waited_for(projects):
    """Guards a pipe called x.py, on which reading never ends."""
    os.mkfifo(projects / "alpha" / "pipe.py")
    (projects / "alpha" / "device.py").symlink_to("/dev/zero")
    put(projects / "alpha" / "folder.py" / "inside.py", source("four"))
    corpus = collected(projects)
    assert "alpha:folder.py/inside.py" in paths(corpus.train)
    assert len(corpus.train) == 4
    assert corpus.left_out == {LeftOut.UNREADABLE: 1, LeftOut.LINK: 1}


def test_files_that_go_away_or_may_not_be_read_are_counted(projects, monkeypatch):
    """Guards a traceback over one file of ten thousand.  (Whoever runs this may be root.)"""
    read_bytes = collecting.read_bytes

    def read(path):
        if path.name == "a.py":
            path.unlink()
        if path.name == "b.py":
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    monkeypatch.setattr(collecting, "read_bytes", read)
    corpus = collected(projects)
    assert paths(corpus.train) == ["beta:beta/c.py"]
    assert corpus.left_out == {LeftOut.UNREADABLE: 2}


def test_a_folder_that_cannot_be_listed_is_counted(projects, monkeypatch):
    forbid(monkeypatch, projects / "alpha" / "alpha")
    corpus = collected(projects)
    assert paths(corpus.train) == ["beta:beta/c.py"]
    assert corpus.left_out == {LeftOut.UNREADABLE: 1}


def test_a_source_that_cannot_be_listed_is_an_error(projects, monkeypatch):
    """Guards "nothing to train on" where nobody was let in."""
    forbid(monkeypatch, projects)
    with pytest.raises(TrainError, match=r"src cannot be read \(Permission denied\); give"):
        collected(projects)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list everything")
def test_a_source_without_permissions_is_an_error(projects):
    projects.chmod(0)
    try:
        with pytest.raises(TrainError, match="cannot be read"):
            collected(projects)
    finally:
        projects.chmod(stat.S_IRWXU)


def forbid(monkeypatch, folder):
    iterdir = type(folder).iterdir

    def listed(path):
        if path == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return iterdir(path)

    monkeypatch.setattr(type(folder), "iterdir", listed)


def test_why_nothing_is_left_is_said(tmp_path):
    """Guards an ignore file of all there is, which looks like an empty folder."""
    put(tmp_path / "src" / ".gitignore", "*.py\n")
    put(tmp_path / "src" / "alpha" / "a.py", source("one"))
    with pytest.raises(NothingToTrainOn, match=r"is left \(left out: 1 ignored\); give another"):
        collected(tmp_path / "src")


def test_the_source_may_be_ignored_itself_and_its_projects_by_it(projects):
    """Guards `--source` of an environment inside a repository, which ignores it."""
    put(projects.parent / ".gitignore", "src/\n*.py\n")
    put(projects / ".diffgemignore", "/Beta/\n")
    assert {document.project for document in collected(projects).train} == {"alpha"}
    put(projects / ".gitignore", "[ab].py\n")
    put(projects / "gamma" / "g.py", source("six"))
    assert {document.project for document in collected(projects).train} == {"gamma"}


def test_linked_projects_are_read_but_no_circles(projects, tmp_path):
    put(tmp_path / "elsewhere" / "d.py", source("four"))
    (projects / "linked").symlink_to(tmp_path / "elsewhere")
    (projects / "self").symlink_to(projects)
    (projects / "above").symlink_to(tmp_path)
    (projects / "gone").symlink_to(tmp_path / "nowhere")
    found = {document.project for document in collected(projects).train}
    assert found == {"alpha", "beta", "linked"}
