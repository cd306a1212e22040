"""What a run starts from: recorded, and not to be changed."""

import argparse
import json

import pytest

from diffgem_engine.commands.train import add_arguments
from diffgem_engine.training.errors import PlanChanged, TrainError
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.recipe import Recipe, plan_of, recipe_of, write_recipe


def options(run, *arguments):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(["--out", str(run), *arguments])


def recipe(run, *arguments):
    return recipe_of(run, options(run, *arguments))


def test_without_options_it_is_the_shipped_model_that_is_trained(tmp_path):
    """Guards the defaults: they are the recipe of the embedded model."""
    assert recipe(tmp_path) == Recipe()
    plan = plan_of(Recipe(), minutes=9.0, steps=None, seed=3, compiled=False)
    assert plan == Plan(minutes=9.0, steps=None, seed=3, compile=False)
    assert (Recipe().width, Recipe().layers, Recipe().noise) == (256, 6, "absorbing")


def test_fine_tuning_is_gentler(tmp_path):
    tuning = recipe(tmp_path, "--from", "python-small")
    assert tuning == Recipe(
        checkpoint="python-small",
        width=None,
        layers=None,
        noise=None,
        optimizer="adamw",
        rate=1.5e-4,
        encoder_first=0.0,
        distil=0.0,
    )
    plan = plan_of(tuning, minutes=9.0, steps=None, seed=0, compiled=False)
    assert (plan.optimizer, plan.vector_rate) == ("adamw", 1.5e-4)
    assert plan.phase(0.0) == plan.phase(0.999) == "joint"
    assert [plan.rate(share) for share in (0.025, 0.05, 0.525)] == pytest.approx([0.5, 1.0, 0.5])


def test_sudoku_is_a_small_model_that_learns_from_canvases_alone(tmp_path):
    """Guards a share of the budget on prompts that are all the same."""
    small = recipe(tmp_path, "--task", "sudoku")
    assert (small.task, small.width, small.layers, small.rows) == ("sudoku", 128, 4, 16)
    assert small.rate == Recipe().rate
    plan = plan_of(small, minutes=9.0, steps=None, seed=0, compiled=False)
    assert plan.encoder_weight == 0.0
    assert plan.phase(0.0) == plan.phase(0.999) == "joint"
    larger = recipe(tmp_path, "--task", "sudoku", "--width", "256", "--rate", "0.01")
    assert (larger.width, larger.layers, larger.rate) == (256, 4, 0.01)


@pytest.mark.parametrize(
    ("arguments", "rates"),
    [
        (("--from", "x/y", "--optimizer", "muon"), (0.012, 0.003)),
        (("--from", "x/y", "--optimizer", "muon", "--rate", "0.02"), (0.02, 0.005)),
        (("--from", "x/y", "--rate", "0.001"), (0.001, 0.001)),
        (("--optimizer", "adamw"), (0.003, 0.003)),
        (("--rate", "0.012"), (0.012, 0.003)),
    ],
)
def test_rates_follow_the_optimizer(tmp_path, arguments, rates):
    """Guards Muon's rate for AdamW: a hundred times too much."""
    plan = plan_of(recipe(tmp_path, *arguments), minutes=1.0, steps=None, seed=0, compiled=False)
    assert (plan.matrix_rate, plan.vector_rate) == rates


def test_lora_has_a_rank_without_one(tmp_path):
    assert recipe(tmp_path, "--from", "x/y", "--lora").lora == 16
    assert recipe(tmp_path, "--from", "x/y", "--lora", "4").lora == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--lora",), "give one with --from"),
        (("--from", "x/y", "--width", "256"), "--width is of a new model"),
        (("--from", "x/y", "--layers", "6"), "--layers is of a new model"),
        (("--from", "x/y", "--noise", "uniform"), "--noise is of a new model"),
        (("--from", "x/y", "--vocab", "400"), "--vocab is of a new model"),
        (("--from", "x/y", "--lora", "--optimizer", "muon"), "leave --optimizer muon out"),
        (("--encoder-first", "0.6", "--distil", "0.6"), "shares of one budget"),
        (("--task", "sudoku", "--from", "x/y"), "--from is of --task code: leave it out"),
        (("--task", "sudoku", "--lora"), "--lora is of --task code"),
        (("--task", "sudoku", "--encoder-first", "0.1"), "--encoder-first is of --task code"),
        (("--task", "sudoku", "--distil", "0"), "--distil is of --task code"),
    ],
)
def test_what_does_not_go_together(tmp_path, arguments, words):
    with pytest.raises(TrainError, match=words):
        recipe(tmp_path, *arguments)


CHANGES = [
    (("--from", "x/y"), r"--from python-small, not x/y"),
    (("--lora", "8"), r"--lora \(nothing\), not 8"),
    (("--optimizer", "muon"), "--optimizer adamw, not muon"),
    (("--rate", "0.5"), "--rate 0.00015, not 0.5"),
    (("--encoder-first", "0.5"), "--encoder-first 0.0, not 0.5"),
    (("--distil", "0.5"), "--distil 0.0, not 0.5"),
    (("--rows", "5"), "--rows 6, not 5"),
    (("--width", "128"), r"--width \(nothing\), not 128"),
    (("--task", "sudoku"), "--task code, not sudoku"),
]


@pytest.mark.parametrize(("arguments", "words"), CHANGES)
def test_a_later_slice_is_of_the_same_recipe(tmp_path, arguments, words):
    write_recipe(recipe(tmp_path, "--from", "python-small"), tmp_path)
    with pytest.raises(PlanChanged, match=f"was begun with {words}; give that, or another --out"):
        recipe(tmp_path, *arguments)


def test_what_a_later_slice_is_not_given_is_as_before(tmp_path, monkeypatch):
    folder = tmp_path / "base"
    folder.mkdir()
    begun = recipe(tmp_path, "--from", str(folder), "--lora", "--rate", "0.001")
    write_recipe(begun, tmp_path)
    assert recipe(tmp_path) == begun
    monkeypatch.chdir(tmp_path)
    assert recipe(tmp_path, "--from", "base", "--lora", "16") == begun


def test_runs_of_before_were_all_alike(tmp_path):
    """Guards a run without a record that another --from is slipped into."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "manifest.json").write_text("{}")
    assert recipe(tmp_path) == Recipe()
    with pytest.raises(PlanChanged, match="--from"):
        recipe(tmp_path, "--from", "python-small")
    with pytest.raises(PlanChanged, match="--task code, not sudoku"):
        recipe(tmp_path, "--task", "sudoku")


def test_a_record_of_before_there_were_tasks_is_of_code(tmp_path):
    """Guards runs that were begun with a record, but without a task in it."""
    (tmp_path / "recipe.json").write_text('{"rows": 4}')
    assert recipe(tmp_path) == Recipe(rows=4)


@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"rate": "fast"}', '{"noise": "pink"}', '{"task": "chess"}']
)
def test_a_damaged_record_is_one_line(tmp_path, text):
    (tmp_path / "recipe.json").write_text(text)
    with pytest.raises(TrainError, match=r"recipe\.json is damaged"):
        recipe(tmp_path)


def test_it_is_written_in_words(tmp_path):
    write_recipe(Recipe(), tmp_path)
    assert json.loads((tmp_path / "recipe.json").read_text())["optimizer"] == "muon"
