"""What a run starts from and how it is taught: `recipe.json`, the first file of a run.

A later slice that is given something else is another run; what it is not given is as before.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Literal

import cattrs
from attrs import evolve, fields, frozen

from diffgem_engine.core.canvas import Noise
from diffgem_engine.training.errors import TrainError
from diffgem_engine.training.files import write_text
from diffgem_engine.training.origin import check_same, option
from diffgem_engine.training.plan import Optimizer, Plan

TaskName = Literal["code", "sudoku"]
RECIPE_FILE = "recipe.json"
SCRATCH_ONLY = ("width", "layers", "noise", "vocab")  # options that a checkpoint answers
SUDOKU = {"width": 128, "layers": 4, "rows": 16, "encoder_first": 0.0, "distil": 0.0}
CODE_ONLY = ("checkpoint", "lora", "encoder_first", "distil")
SCRATCH_RATES = {"muon": 0.024, "adamw": 3e-3}
TUNING_RATES = {"muon": 0.012, "adamw": 1.5e-4}
BESIDE_MUON = 0.25  # AdamW's rate there, of Muon's


@frozen
class Recipe:
    """The options of the first slice, and what stood for those that were not given: by default
    those of the embedded model.

    `checkpoint` is that of `--from`, and `weights` tells its weights from others; None for new
    weights.
    """

    task: TaskName = "code"
    checkpoint: str | None = None
    weights: str | None = None
    lora: int | None = None
    width: int | None = 256
    layers: int | None = 6
    noise: Noise | None = "absorbing"
    optimizer: Optimizer = "muon"
    rate: float = SCRATCH_RATES["muon"]
    encoder_first: float = 0.25
    distil: float = 0.15
    rows: int = 6


def recipe_of(run: Path, options: argparse.Namespace) -> Recipe:
    """That of the slice before, or a new one; nothing is written.

    Raises PlanChanged where `options` say otherwise than the slice before, TrainError for those
    that do not go together.
    """
    changes = _given(options)
    begun = _begun(run)
    if begun is None:
        return _new(changes, vocab=options.vocab)
    check_same(run, begun, evolve(begun, **changes))
    return begun


def write_recipe(recipe: Recipe, run: Path) -> None:
    """Before all else of the run, so that a slice that was killed anywhere can be given again.

    Raises CannotWrite.
    """
    described = json.dumps(cattrs.unstructure(recipe), indent=1)
    write_text(run / RECIPE_FILE, described + "\n")


def plan_of(
    recipe: Recipe, *, minutes: float, steps: int | None, seed: int, compiled: bool
) -> Plan:
    muon = recipe.optimizer == "muon"
    plan = Plan(
        minutes=minutes,
        steps=steps,
        rows=recipe.rows,
        optimizer=recipe.optimizer,
        matrix_rate=recipe.rate,
        vector_rate=recipe.rate * BESIDE_MUON if muon else recipe.rate,
        encoder_first=recipe.encoder_first,
        distil=recipe.distil,
        seed=seed,
        compile=compiled,
    )
    if recipe.task == "sudoku":
        return evolve(plan, encoder_weight=0.0)  # every prompt is the same
    # What a checkpoint knows is soon lost at a high rate: it rises slowly and then only falls.
    return plan if recipe.checkpoint is None else evolve(plan, warmup=0.05, decay=0.95)


def _given(options: argparse.Namespace) -> dict[str, Any]:
    """The fields of a Recipe that are on the command line."""
    values = ((each.name, getattr(options, each.name, None)) for each in fields(Recipe))
    found: dict[str, Any] = {name: value for name, value in values if value is not None}
    if "checkpoint" in found:
        folder = Path(found["checkpoint"]).expanduser()
        if folder.is_dir():  # or it is the embedded model's name, or a hub id
            found["checkpoint"] = str(folder.resolve())
    return found


def _begun(run: Path) -> Recipe | None:
    path = run / RECIPE_FILE
    if not path.exists():  # the first runs had none, and were all alike
        return Recipe() if (run / "corpus" / "manifest.json").exists() else None
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return cattrs.structure({**raw}, Recipe)
    except Exception as error:  # of JSON or of a field, or no object at all
        raise TrainError(f"{path} is damaged; copy it back, or give another --out") from error


def _new(given: dict[str, Any], vocab: int | None) -> Recipe:
    if given.get("task") == "sudoku":
        return _sudoku(given)
    recipe = _tuning(given, vocab) if "checkpoint" in given else _scratch(given)
    if recipe.encoder_first + recipe.distil > 1:
        raise TrainError("--encoder-first and --distil are shares of one budget; give less of them")
    return recipe


def _sudoku(given: dict[str, Any]) -> Recipe:
    if wrong := [name for name in CODE_ONLY if name in given]:
        raise only_for_code(wrong[0])
    return _scratch({**SUDOKU, **given})


def only_for_code(name: str) -> TrainError:
    """For the field of a record that was given for another task."""
    return TrainError(f"{option(name)} is of --task code: leave it out")


def _scratch(given: dict[str, Any]) -> Recipe:
    if "lora" in given:
        raise TrainError("--lora adapts a checkpoint: give one with --from")
    recipe = Recipe(**given)
    return recipe if "rate" in given else evolve(recipe, rate=SCRATCH_RATES[recipe.optimizer])


def _tuning(given: dict[str, Any], vocab: int | None) -> Recipe:
    for name in SCRATCH_ONLY:
        if name in given or (name == "vocab" and vocab is not None):
            raise TrainError(f"--{name} is of a new model: leave it out, or --from")
    optimizer: Optimizer = given.get("optimizer", "adamw")
    if "lora" in given and optimizer != "adamw":
        raise TrainError(f"--lora is trained with adamw: leave --optimizer {optimizer} out")
    fresh = {"optimizer": optimizer, "rate": TUNING_RATES[optimizer], "encoder_first": 0.0}
    return Recipe(**{**dict.fromkeys(SCRATCH_ONLY[:3]), **fresh, "distil": 0.0, **given})
