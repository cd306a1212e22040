"""What README, model card, scorecard and pages say in figures is what is on record, and the record
is of the weights that ship.
"""

import json

import pytest
from attrs import evolve

from shipping import pages, record, verdict
from shipping.measurements import Cases, Measurements
from shipping.regions import filled
from shipping.release import NotBetter, Release
from shipping.steps import Step, StepFailed, run
from shipping.weights import MOST, Unfit, put_back, put_in_place, staged


@pytest.fixture(scope="module")
def kept():
    return record.read()


def test_every_page_says_what_is_on_record(kept):
    """If not: make figures.  Guards a figure that was typed, or renewed in one place of two."""
    for place, text in pages.written(kept).items():
        assert (record.ROOT / place).read_text(encoding="utf-8") == text, place


def test_the_figures_are_of_the_weights_that_ship(kept):
    """If not: make ship.  Guards weights whose card is of others, and figures of a trial."""
    assert kept.figures["weights"] == record.digest(record.ROOT / record.MODEL)
    assert not kept.figures["quick"]
    assert not kept.latency["quick"]


@pytest.mark.parametrize("place", pages.PAGES)
def test_a_page_tells_another_figure_when_the_record_does(kept, place):
    """Guards a region that is filled with nothing from the record."""
    holes = json.loads(json.dumps(kept.scorecard["holes"]).replace("0.14", "0.77"))
    holes["model"]["syntax_valid"]["before_filters"] = 0.11
    figures = json.loads(json.dumps(kept.figures))
    figures["gate"]["gated"]["shown"] = 12345
    latency = json.loads(json.dumps(kept.latency))
    latency["measurements"]["small_hole"]["speedup"] = 12.3
    other = record.Record(figures, {**kept.scorecard, "holes": holes}, latency)
    texts = {str(path): text for path, text in pages.written(other).items()}
    assert texts[place] != (record.ROOT / place).read_text(encoding="utf-8")


PAGE = "One.\n<!-- figures: a -->\nold\n<!-- end of a -->\nTwo.\n"


def test_only_what_is_between_the_marks_is_written():
    assert filled(PAGE, {"a": "new"}) == PAGE.replace("old", "\nnew\n")
    assert filled(filled(PAGE, {"a": "new"}), {"a": "new"}) == filled(PAGE, {"a": "new"})


@pytest.mark.parametrize(
    ("page", "regions"),
    [
        (PAGE, {}),
        (PAGE, {"a": "", "b": ""}),
        (PAGE + PAGE, {"a": ""}),
        (PAGE.replace("end of a", "end"), {"a": ""}),
    ],
    ids=["nobody fills it", "not there", "twice", "no end"],
)
def test_a_region_that_is_not_there_once_is_an_error(page, regions):
    """Guards figures that are silently not renewed."""
    with pytest.raises(ValueError, match="region"):
        filled(page, regions)


def holes(exact=0.10, canvas=0.05, parses=0.80):
    return {
        "exact_match": {"share": exact},
        "written_exact_match": {"share": canvas},
        "syntax_valid": {"before_filters": parses},
    }


def lines(gain, low, high):
    return {"against": {"gain": gain, "ci95": [low, high]}}


BETTER = lines(0.02, 0.005, 0.035)


@pytest.mark.parametrize(
    ("found", "ours", "better"),
    [
        (BETTER, holes(), True),
        (BETTER, holes(exact=0.13, parses=0.79), True),
        (lines(0.02, -0.001, 0.04), holes(exact=0.2), False),
        (lines(-0.02, -0.03, -0.01), holes(), False),
        (BETTER, holes(exact=0.08), False),
        (BETTER, holes(canvas=0.02), False),
        (BETTER, holes(parses=0.70), False),
    ],
    ids=["lines", "and holes", "chance", "worse", "fewer holes", "canvas", "does not parse"],
)
def test_only_what_is_better_ships(found, ours, better):
    """Guards the latest that ships because it is the latest."""
    said = verdict.of(found, ours, holes())
    assert said.better is better
    assert f"{100 * found['against']['gain']:+.1f} points" in said.said


@pytest.fixture
def candidate(tmp_path):
    folder = tmp_path / "run" / "model"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    return folder


def test_a_candidate_is_put_in_place_whole(tmp_path, candidate):
    """Guards shards, or a gate, of the weights before."""
    stage = staged(candidate, tmp_path / "build")
    (stage / "gate.json").write_text("fitted")
    assert staged(candidate, tmp_path / "build") == stage
    target = tmp_path / "root" / record.MODEL
    target.mkdir(parents=True)
    (target / "model-00002.safetensors").write_bytes(b"of before")
    put_in_place(stage, tmp_path / "root")
    names = {"model.safetensors", "config.json", "gate.json"}
    assert {path.name for path in target.iterdir()} == names
    assert [path.name for path in target.parent.iterdir()] == [record.MODEL.name]
    assert record.digest(target) == record.digest(candidate)


@pytest.mark.parametrize("left", [".new", ".replaced"])
def test_who_was_stopped_has_the_whole_of_what_shipped(tmp_path, candidate, left):
    """Guards half a model in place, and the only copy of the one before, removed."""
    target = tmp_path / record.MODEL
    target.mkdir(parents=True)
    (target / "model.safetensors").write_bytes(b"of before")
    if left == ".replaced":  # stopped between the two names
        target.rename(target.with_suffix(left))
    else:
        target.with_suffix(left).mkdir()
    put_back(tmp_path)
    assert (target / "model.safetensors").read_bytes() == b"of before"
    put_in_place(candidate, tmp_path)
    assert record.digest(target) == record.digest(candidate)
    assert [path.name for path in target.parent.iterdir()] == [record.MODEL.name]


def test_a_copy_that_cannot_be_made_leaves_what_ships(tmp_path):
    target = tmp_path / record.MODEL
    target.mkdir(parents=True)
    with pytest.raises(FileNotFoundError):
        put_in_place(tmp_path / "nowhere", tmp_path)
    assert target.is_dir()


def test_a_candidate_whose_small_files_have_changed_is_copied_again(tmp_path, candidate):
    """Guards a setting that an older copy undoes, and what was measured without it."""
    stage = staged(candidate, tmp_path / "build")
    (stage.parent / "lines.json").touch()
    (candidate / "config.json").write_text('{"more": 1}')
    assert staged(candidate, tmp_path / "build") == stage
    assert (stage / "config.json").read_text() == '{"more": 1}'
    assert not (stage.parent / "lines.json").exists()


def test_no_page_is_written_of_other_weights(kept):
    """Guards a card of the weights before, where make ship was stopped halfway."""
    record.check(kept)
    with pytest.raises(record.OfOthers, match="make ship"):
        record.check(evolve(kept, figures={**kept.figures, "weights": "0"}))


def test_what_cannot_ship_is_refused_with_advice(tmp_path, candidate):
    with pytest.raises(Unfit, match="RUN/model"):
        staged(tmp_path, tmp_path / "build")
    with (candidate / "model.safetensors").open("r+b") as file:
        file.truncate(MOST)
    with pytest.raises(Unfit, match="smaller shards"):
        staged(candidate, tmp_path / "build")


@pytest.fixture
def what(tmp_path, candidate):
    """Measurements of a candidate; where reports of all that decides are kept, they stand in for
    an hour: `decided` puts them there.
    """
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name in ("held_out.jsonl", "train.jsonl"):
        (corpus / name).touch()
    return Measurements(staged(candidate, tmp_path / "build"), tmp_path, corpus, None, Cases())


def decided(what, found):
    reports = {
        what.gate(): {},
        what.lines(compared=True): found,
        what.holes("candidate", str(what.stage)): {"model": holes()},
        what.holes("shipped", record.MODEL.name): {"model": holes()},
    }
    for step, report in reports.items():
        kept = {"command": step.command, "report": report}
        (what.stage.parent / f"{step.name}.json").write_text(json.dumps(kept))


def test_what_is_not_better_is_refused_and_nothing_is_changed(what, capsys):
    """Guards weights, gate or figures of a candidate that was not shipped."""
    decided(what, lines(0.0, -0.01, 0.01))
    (what.stage.parent / "against.txt").write_text(record.digest(record.ROOT / record.MODEL))
    places = (record.MODEL, record.SCORECARD)
    before = [path.read_bytes() for place in places for path in files(record.ROOT / place)]
    with pytest.raises(NotBetter, match="nothing was changed"):
        Release(what, what.stage.parent).ship(force=False)
    assert before == [path.read_bytes() for place in places for path in files(record.ROOT / place)]
    assert "whole lines +0.0 points (-1.0 to +1.0)" in capsys.readouterr().out


def test_a_candidate_is_compared_with_what_ships_now(what):
    """Guards a comparison with weights that have been replaced since."""
    decided(what, lines(0.0, -0.01, 0.01))
    folder = what.stage.parent
    (folder / "against.txt").write_text("others")
    (folder / "verdict.txt").write_text("Better than others.")
    (what.corpus / "held_out.jsonl").unlink()  # so that lines cannot be filled again
    with pytest.raises(StepFailed, match="lines"):
        Release(what, folder).ship(force=False)
    assert not (folder / "verdict.txt").exists()
    assert (folder / "gate.json").exists()


def files(folder):
    return sorted(path for path in folder.iterdir() if path.is_file())


def test_what_is_not_there_is_said_before_anything_is_measured(what, tmp_path):
    what.check()
    with pytest.raises(Unfit, match="RandomSpan"):
        evolve(what, humaneval=tmp_path).check()
    (what.corpus / "train.jsonl").unlink()
    with pytest.raises(Unfit, match="RUN/corpus"):
        what.check()


ROUND_TRIP = Step("latency", 1, ("bench", "--quick", "--only", "round_trip", "--out"), "bench.json")


def test_what_was_measured_is_not_measured_again(tmp_path, capfd):
    """Guards an hour that an interruption costs twice, and a report of another command."""
    [first] = run([ROUND_TRIP], tmp_path)
    assert first["measurements"]["round_trip"]["median_ms"] > 0
    assert run([ROUND_TRIP], tmp_path) == [first]
    assert "was measured" in capfd.readouterr().out
    with pytest.raises(StepFailed, match="latency"):
        run([evolve(ROUND_TRIP, command=("bench", "--only", "nothing", "--out"))], tmp_path)
