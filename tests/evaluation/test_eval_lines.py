"""`diffgem-engine eval lines`, and what it counts."""

import asyncio
import json
import shutil

import pytest
from checkpoints import python_files

from diffgem_engine.__main__ import main
from diffgem_engine.checkpoint.lengths_json import LENGTHS_FILE, described
from diffgem_engine.commands import eval_lines
from diffgem_engine.evaluation.cases import LineCase, line_cases
from diffgem_engine.evaluation.lines import AT_ONCE, Against, LineReport, fill_lines, table
from diffgem_engine.protocol import Candidate, Result, Sampling
from diffgem_engine.training.corpus.documents import Corpus, Document, load_documents

METHODS = {"diffusion", "repeat previous line", "copy following line", "5-gram"}


@pytest.fixture
def corpus(tmp_path):
    documents = [
        Document("p", path.name, path.read_text(encoding="utf-8")) for path in python_files(3)
    ]
    Corpus(documents[:2], documents[2:]).save(tmp_path / "corpus")
    return tmp_path / "corpus"


@pytest.fixture
def evaluate(corpus, checkpoint_folder, capsys):
    def run(*arguments, model=checkpoint_folder):
        where = ["--corpus", str(corpus), "--model", str(model), "--device", "cpu"]
        code = main(["eval", "lines", *where, "--limit", "6", "--steps", "1", *arguments])
        return code, *capsys.readouterr()

    return run


def test_the_report_has_every_method_and_its_interval(evaluate, corpus):
    """Guards keys that scripts read, and a score that is not of the lines that were asked for."""
    code, printed, _ = evaluate("--json")
    report = json.loads(printed)
    assert (code, report["cases"], report["mean_steps"]) == (0, 6, 1.0)
    assert set(report["exact_match"]) == set(report["ci95"]) == METHODS
    assert all(low <= report["exact_match"][n] <= high for n, (low, high) in report["ci95"].items())
    assert report["against"] is None
    assert all(0 <= share <= 1 for share in report["exact_match"].values())
    asked = line_cases(load_documents(corpus / "held_out.jsonl"), 6)
    assert [sample["expected"] for sample in report["samples"]] == [c.expected for c in asked]


def test_without_the_ngram_the_training_text_is_not_read(evaluate, corpus):
    """Guards minutes of reading for a baseline that nobody asked for."""
    (corpus / "train.jsonl").unlink()
    code, printed, _ = evaluate("--no-ngram")
    assert code == 0
    assert printed.splitlines()[0] == "whole-line exact match"
    assert "5-gram" not in printed
    assert "6 lines, 1.0 steps a line" in printed


@pytest.mark.parametrize(
    ("option", "value"),
    [("--steps", "0"), ("--steps", "257"), ("--limit", "0"), ("--limit", "-5"), ("--limit", "NaN")],
)
def test_numbers_are_checked_before_any_work(evaluate, capsys, option, value):
    """Guards a division by zero, and a limit that limits nothing."""
    with pytest.raises(SystemExit) as ended:
        evaluate(option, value)
    assert ended.value.code == 2
    assert f"argument {option}: {value}" in capsys.readouterr().err.replace("'", "")


def test_the_pinned_format_counts_with_the_checkpoints_bias(evaluate, checkpoint_folder, tmp_path):
    """Guards a calibration that the evaluation of what it is for does without."""
    biased = shutil.copytree(checkpoint_folder, tmp_path / "biased")
    written = []
    for longer in (-3.0, 3.0):
        rows = ((1, 0.0), (6, longer), (11, 2 * longer), (22, 3 * longer))
        (biased / LENGTHS_FILE).write_text(described(rows))
        code, printed, _ = evaluate("--format", "pinned", "--no-ngram", "--json", model=biased)
        assert code == 0
        written.append(sum(len(sample["filled"]) for sample in json.loads(printed)["samples"]))
    assert written[0] > 2 * written[1] > 0


def test_a_corpus_that_holds_nothing_out_is_bad_input(evaluate, corpus):
    """Guards a division by zero after the model was loaded."""
    (corpus / "held_out.jsonl").write_text("")
    code, _, error = evaluate()
    assert (code, error) == (
        2,
        f"diffgem-engine: {corpus} holds no line out: train with --hold-out PROJECT ...\n",
    )


def test_a_folder_that_is_no_corpus_is_bad_input(evaluate, corpus):
    (corpus / "held_out.jsonl").unlink()
    code, _, error = evaluate()
    assert (code, error) == (
        2,
        f"diffgem-engine: {corpus} has no held_out.jsonl; give RUN/corpus\n",
    )


def test_a_model_that_does_not_load_is_one_line(evaluate, tmp_path):
    code, _, error = evaluate(model=tmp_path / "none")
    assert code == 1
    assert len(error.splitlines()) == 1
    assert "no checkpoint folder" in error


class Reversing:
    """Answers a batch of requests in the reverse of their order, and counts them."""

    def __init__(self):
        self.waiting, self.most = [], 0

    async def infill(self, request):
        turn = asyncio.Event()
        self.waiting.append(turn)
        self.most = max(self.most, len(self.waiting))
        if len(self.waiting) == AT_ONCE:
            turn.set()
        await turn.wait()
        self.waiting.remove(turn)
        if self.waiting:
            self.waiting[-1].set()
        return Result(request.id, (Candidate((request.prefix,), 1.0),), 1, 1, 1, 0.0, 0.0, 0.0)


async def test_answers_come_in_the_order_of_the_cases():
    """Guards a line that is compared with another case's, and a flood of requests."""
    backend, ticks = Reversing(), []
    cases = [LineCase(str(number), "", "") for number in range(2 * AT_ONCE)]
    async with asyncio.timeout(20):
        results = await fill_lines(backend, cases, Sampling(), tick=lambda: ticks.append(1))
    assert [result.candidates[0].texts[0] for result in results] == [c.prefix for c in cases]
    assert backend.most == AT_ONCE
    assert len(ticks) == len(cases)


def test_the_table_has_the_best_first():
    """Guards a table in which the model always leads."""
    scores = {"diffusion": 0.25, "5-gram": 0.5}
    report = LineReport(8, scores, dict.fromkeys(scores, (0.1, 0.6)), 3.0, 2.0, [])
    assert [line.split()[0] for line in table(report).splitlines()[1:3]] == ["5-gram", "diffusion"]
    assert "50.00 %   (10.00 to 60.00)" in table(report)


def test_a_model_against_itself_is_not_better(evaluate, checkpoint_folder):
    """Guards a comparison of other lines, or of other random numbers."""
    code, printed, _ = evaluate("--against", str(checkpoint_folder), "--no-ngram", "--json")
    report = json.loads(printed)
    against = report["against"]
    assert code == 0
    assert against["exact_match"] == report["exact_match"]["diffusion"]
    assert (against["only_this"], against["only_other"], against["gain"]) == (0, 0, 0.0)
    low, high = against["ci95"]
    assert low < 0 < high


def test_the_bar_gets_to_its_end(evaluate, checkpoint_folder, monkeypatch):
    """Guards minutes without a word, and a bar that stands at the half of two models."""
    bars = []

    class Bar:
        def __init__(self, total, _what):
            self.left = total
            bars.append(self)

        def __call__(self):
            self.left -= 1

    monkeypatch.setattr(eval_lines, "Ticks", Bar)
    assert evaluate("--against", str(checkpoint_folder), "--no-ngram")[0] == 0
    assert [bar.left for bar in bars] == [0]


def test_a_model_to_compare_with_that_does_not_load_is_one_line(evaluate, tmp_path):
    code, _, error = evaluate("--against", str(tmp_path / "none"))
    assert (code, len(error.splitlines())) == (1, 1)


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [((0.01, 0.2), "better"), ((-0.2, -0.01), "worse"), ((-0.1, 0.1), "cannot be told apart")],
)
def test_the_table_says_which_model_is_better(interval, verdict):
    against = Against("other", 0.25, 0.05, interval, 4, 2)
    report = LineReport(8, {"diffusion": 0.3}, {"diffusion": (0, 1)}, 3.0, 2.0, [], against)
    [gain] = [line for line in table(report).splitlines() if line.startswith("gain")]
    assert "+5.00 points" in gain
    assert gain.split(": ")[1].startswith(verdict)
