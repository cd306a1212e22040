"""`diffgem-engine eval replay`: real commits through a real server's process."""

import json

import pytest
from commits import COMMITS, repository_of

from diffgem_engine.__main__ import main
from diffgem_engine.evaluation.replay.history import History
from diffgem_engine.evaluation.replay.setups import WITHOUT

KEYS = {
    *("characters", "keys", "asked", "to_engine", "unanswered", "reused", "shown", "accepted"),
    *("accepted_share", "accepted_characters", "partly", "begun_characters", "wrong"),
    *("saved_share", "retained_share", "unfiltered", "quiet", "latency_ms", "engine_latency_ms"),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return repository_of(tmp_path_factory.mktemp("replay") / "project")


@pytest.fixture
def replay(repository, checkpoint_folder, capsys):
    def run(*arguments, repository=repository, model=checkpoint_folder):
        where = ["--repository", str(repository), "--model", str(model), "--device", "cpu"]
        code = main(["eval", "replay", *where, "--characters", "25", *arguments])
        return code, *capsys.readouterr()

    return run


def test_every_figure_is_a_key(replay):
    """Guards keys that scripts read, and figures of setups that were not typed alike."""
    code, printed, _ = replay("--json", "--without", "reuse")
    report = json.loads(printed)
    assert code == 0
    assert [*report["setups"]] == ["shipped", "reuse"]
    for figures in report["setups"].values():
        assert set(figures) == KEYS
        assert figures["characters"] == report["setups"]["shipped"]["characters"] >= 25
        assert figures["asked"] == figures["keys"] > 0
        assert figures["to_engine"] > 0
        assert figures["shown"] == figures["accepted"] + figures["partly"] + figures["wrong"]
    assert report["setups"]["reuse"]["reused"] == 0


def test_the_table_has_a_row_a_setup(replay):
    code, printed, _ = replay("--pace", "5", "--without", "debounce")
    first = [line.split()[:2] for line in printed.splitlines() if line.strip()]
    assert code == 0
    assert first[1][0] == "shipped"
    assert first[2] == ["no", "debounce"]


@pytest.mark.parametrize("arguments", [("--commits", "1"), ("--check",)])
def test_no_history_is_one_line_before_a_model_is_loaded(replay, tmp_path, arguments):
    code, printed, error = replay(*arguments, repository=tmp_path, model=tmp_path / "none")
    assert (code, printed, len(error.splitlines())) == (2, "", 1)
    assert "give --repository" in error


def test_a_history_without_source(replay, tmp_path):
    made = repository_of(tmp_path / "texts", [{"a.txt": "a\n"}])
    code, _, error = replay(repository=made)
    assert code == 2
    assert "no commit that changes a source file" in error


def test_what_a_history_has(repository, tmp_path):
    """Files that nobody typed, or the state after a commit in place of the one before."""
    history = History(repository)
    commits = sorted(history.commits(), key=lambda commit: len(commit.changes[0].before))
    assert [[each.path for each in commit.changes] for commit in commits] == [
        ["shop.py"], ["shop.py", "web/shop.js"], ["shop.py", "web/shop.js"],
    ]  # fmt: skip
    assert [commit.changes[0].after for commit in commits] == [each["shop.py"] for each in COMMITS]
    assert history.text_now("shop.py") == COMMITS[-1]["shop.py"]
    assert history.text_now("gone.py") == ""
    history.check_out_before(commits[1].name, tmp_path)
    assert (tmp_path / "shop.py").read_text(encoding="utf-8") == COMMITS[0]["shop.py"]
    assert [path.name for path in tmp_path.iterdir()] == ["shop.py"]
    assert len([*History(repository, 1).commits()]) == 1


def test_the_check_is_a_command(replay):
    code, printed, _ = replay("--check", "--json")
    assert (code, json.loads(printed)["keys"] >= 25) == (0, True)
    code, printed, _ = replay("--check")
    assert code == 0
    assert "unanswered" in printed


def test_each_feature_has_an_option_of_its_own():
    """A feature that is off in name alone."""
    changed = [setup for setup in WITHOUT.values() if setup.options or setup.habit.reopen]
    assert len(changed) == len(WITHOUT)
