"""`diffgem-engine train --task sudoku`: no folder of source, and a checkpoint all the same."""

import json
import math

import pytest
import torch
from tiny import tiny_model

from diffgem_engine.checkpoint.loading import load
from diffgem_engine.core.forward.unfit import unfit
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.architecture import initialize, small_config
from diffgem_engine.training.passes.lean import LeanForward
from diffgem_engine.training.recipe import Recipe
from diffgem_engine.training.sudoku.layout import LINE
from diffgem_engine.training.sudoku.setup import HEAD_DIM, TURNING, size_of

CPU = torch.device("cpu")


def log(tmp_path):
    lines = (tmp_path / "run" / "log.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_slice_makes_a_checkpoint_that_loads(train_sudoku, tmp_path):
    """Guards minutes of training that end in a folder that `eval` refuses."""
    code, said, complaints = train_sudoku()
    assert (code, complaints) == (0, "")
    assert f"checkpoint in {tmp_path / 'run' / 'model'}" in said
    assert "of 2 held-out puzzles with 40 givens solved, 3.0 steps a puzzle" in said
    loaded = load(tmp_path / "run" / "model", CPU)
    assert loaded.form == InfillFormat(272, prompt_tokens=8, suffix_tokens=0, head_tokens=0)
    assert loaded.sampling.steps == 3
    assert len(loaded.tokenizer.encode("12\n.3")) == 5
    text = loaded.model.config.text_config
    assert (text.hidden_size, text.num_hidden_layers) == (128, 2)
    saved = torch.load(tmp_path / "run" / "state.pt", weights_only=True)["average"]["mean"]
    for name, weight in loaded.model.named_parameters():
        assert torch.equal(weight, saved[name].to(torch.bfloat16).to(weight.dtype))
    assert not (tmp_path / "run" / "corpus").exists()


def test_what_is_counted_are_the_canvases(train_sudoku, tmp_path):
    """Guards a loss that is said of prompts that teach nothing, and their two tokens a row."""
    train_sudoku()
    (line,) = log(tmp_path)
    assert line["tokens"] == 2 * 89
    assert "encoder" not in line
    assert 0 < line["canvas"] < 2 * math.log(272)


def test_the_next_slice_goes_on(train_sudoku, tmp_path):
    """Guards a task that must be said again, or that a later slice forgets."""
    train_sudoku()
    tokenizer = (tmp_path / "run" / "tokenizer.json").read_bytes()
    code, said, _ = train_sudoku()
    assert code == 0
    assert "held-out puzzles" in said
    assert [line["step"] for line in log(tmp_path)] == [1, 2]
    assert (tmp_path / "run" / "tokenizer.json").read_bytes() == tokenizer


@pytest.mark.parametrize(
    "arguments",
    [
        ("--source", "."),
        ("--hold-out", "alpha"),
        ("--exclude", "alpha"),
        ("--cap", "9"),
        ("--vocab", "400"),
        ("--from", "python-small"),
        ("--lora",),
        ("--encoder-first", "0.2"),
        ("--distil", "0.2"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_options_of_code_are_refused(train_sudoku, tmp_path, arguments):
    """Guards options that a run takes and ignores."""
    code, _, error = train_sudoku(*arguments)
    assert code == 2
    assert error == f"diffgem-engine: {arguments[0]} is of --task code: leave it out\n"
    assert not (tmp_path / "run").exists()


def test_a_later_slice_has_no_source_either(train_sudoku, tmp_path):
    train_sudoku()
    code, _, error = train_sudoku("--source", str(tmp_path))
    assert code == 2
    assert "--source is of --task code" in error
    assert len(log(tmp_path)) == 1


def test_sudoku_does_not_go_on_as_code(train_sudoku, source, tmp_path):
    """Guards a vocabulary of code over weights that know digits."""
    train_sudoku()
    code, _, error = train_sudoku("--task", "code", "--source", str(source))
    assert code == 2
    assert "was begun with --task sudoku, not code; give that, or another --out" in error
    assert not (tmp_path / "run" / "corpus").exists()


def test_code_does_not_go_on_as_sudoku(train, source, tmp_path):
    train("--source", str(source))
    before = (tmp_path / "run" / "tokenizer.json").read_bytes()
    code, _, error = train("--task", "sudoku")
    assert code == 2
    assert "was begun with --task code, not sudoku; give that, or another --out" in error
    assert (tmp_path / "run" / "tokenizer.json").read_bytes() == before


@pytest.fixture(scope="module")
def model():
    """Untrained."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = type(tiny_model())(small_config(size_of(Recipe(width=128, layers=2), 272))).eval()
        initialize(made)
    return made


def test_cells_of_a_column_agree_in_one_turn(model):
    """Guards a rotary base that has lost its meaning: a pair of dimensions turns once in a line."""
    assert unfit(model) is None
    for rope in LeanForward(model).ropes.values():
        for pair in (TURNING, TURNING + HEAD_DIM // 2):
            cos, sin = rope.cos[:, pair], rope.sin[:, pair]
            torch.testing.assert_close(cos[:-LINE], cos[LINE:], atol=2e-3, rtol=0)
            torch.testing.assert_close(sin[:-LINE], sin[LINE:], atol=2e-3, rtol=0)
            assert (cos[: LINE - 1] - cos[1:LINE]).abs().min() > 0.05


@torch.no_grad()
def test_it_trains_as_transformers_computes_it(model):
    """Guards the leaner forward against a rotary base that it does not have."""
    lean, prompt = LeanForward(model), torch.tensor([[2, 6]])
    canvas = torch.randint(16, 272, (1, 89), generator=torch.Generator().manual_seed(3))
    hidden, cache = lean.encode(prompt)
    seen = torch.ones(1, 1, 89, 91, dtype=torch.bool)
    masks = {"full_attention": seen, "sliding_attention": seen}
    signal = torch.zeros(1, 89, hidden.shape[-1])
    ours = lean.logits(lean.denoise(canvas, signal, 2 + torch.arange(89)[None], cache, masks))
    stock = model(input_ids=prompt, decoder_input_ids=canvas).logits
    torch.testing.assert_close(ours, stock, atol=2e-3, rtol=1e-4)
