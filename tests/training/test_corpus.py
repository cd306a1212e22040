"""What goes into the corpus, on which side, and what the manifest says of it."""

import json

import pytest

from diffgem_engine.training.corpus import collect, fingerprint, load_documents, wanted
from diffgem_engine.training.errors import NothingToTrainOn, TrainError, UnknownProject


def source(name, lines=20):
    """Code as people write it, different for every name."""
    body = [f"    {name}_{i} = compute({name!r}, value_{i})" for i in range(lines)]
    return "\n".join([f"def {name}(values):", *body, f"    return {name}_0", ""])


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


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
    with pytest.raises(UnknownProject, match=f"{option} betta: .* there are beta, alpha$"):
        collected(projects, **{side: ["betta"]})


def test_few_of_many_known_names_are_listed(projects):
    for number in range(20):
        put(projects / f"project{number}" / "a.py", source(f"p{number}"))
    with pytest.raises(UnknownProject, match=r"there are beta(, \w+){4} and 17 more$"):
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


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("too short", "x = 1\n"),
        ("too long", source("a") * 500),
        ("generated", "# Generated by the protocol compiler.  DO NOT EDIT!\n" + source("a")),
        ("also generated", '"""@generated"""\n' + source("a")),
        ("minified", "x=" + "+".join(["abcdef"] * 400) + "\n" + source("a")),
        ("data", "TABLE = [\n" + "    0x12, 0x34, 0x56, 0x78,\n" * 60 + "]\n"),
        ("foreign", "".join(f"# 日本語のコメント {i}\n" for i in range(40))),
        ("a private key", source("a") + "-----BEGIN RSA PRIVATE KEY-----\n"),
        ("a cloud key", source("a") + 'KEY = "AKIA' + "A1B2" * 4 + '"\n'),
        ("a token", source("a") + 'TOKEN = "ghp_' + "a1B2" * 9 + '"\n'),
        ("a chat token", source("a") + 'TOKEN = "xoxb-' + "1234567890" * 3 + '"\n'),
    ],
)
def test_unwanted_texts_are_left_out(name, text):
    """Guards a model that writes generated code, tables or somebody's secret."""
    assert wanted(source("a"))
    assert not wanted(text), name


def test_the_corpus_comes_back_from_its_files(projects, tmp_path):
    corpus = collected(projects, held_out=["beta"])
    corpus.save(tmp_path / "out")
    assert load_documents(tmp_path / "out" / "train.jsonl") == corpus.train
    assert load_documents(tmp_path / "out" / "held_out.jsonl") == corpus.held_out


def test_the_manifest_names_projects_sizes_licences_and_sides(projects, tmp_path):
    """Guards the model card: it is written from this."""
    collected(projects, held_out=["beta"]).save(tmp_path)
    assert json.loads((tmp_path / "manifest.json").read_text()) == {
        "alpha": {
            "characters": len(source("one")) + len(source("two")),
            "licence": "MIT",
            "held_out": False,
        },
        "beta": {"characters": len(source("three")), "licence": "unknown", "held_out": True},
    }
