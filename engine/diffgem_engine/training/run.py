"""One slice of one training run, in one folder: corpus, vocabulary, weights."""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from attrs import evolve

from diffgem_engine.checkpoint.loading import CheckpointError
from diffgem_engine.output import mention
from diffgem_engine.training import origin
from diffgem_engine.training.alone import alone_in
from diffgem_engine.training.device import device_of
from diffgem_engine.training.errors import TrainError
from diffgem_engine.training.export import save_checkpoint
from diffgem_engine.training.loop import Clock, Trainer
from diffgem_engine.training.objective import Objective
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.recipe import Recipe, plan_of, recipe_of
from diffgem_engine.training.setup import Setup
from diffgem_engine.training.setup_finetune import from_checkpoint
from diffgem_engine.training.setup_scratch import from_scratch
from diffgem_engine.training.source import Batches
from diffgem_engine.training.state import saved_plan
from diffgem_engine.training.sudoku.setup import for_sudoku

COMPILING_PAYS = 15.0  # minutes of a slice: it takes one to six of them, and then saves a third
MANY_STEPS = 100  # as many save what it takes
INTERRUPTED = 130  # as a shell tells it
DEFAULT_PLAN = {"minutes": 120.0, "seed": 0, "steps": None}


def train(options: argparse.Namespace, clock: Clock = time.monotonic) -> int:
    """0 when the slice ran, 2 when there is nothing to train on or another run to go on with, 130
    when it was interrupted twice.

    `clock` tells the time that the budget is spent in.
    """
    try:
        with alone_in(options.out):
            return _run(options, clock)
    except (TrainError, CheckpointError, OSError) as error:
        print(f"diffgem-engine: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; give the same command again to go on from what was saved", file=sys.stderr)
        return INTERRUPTED


def _run(options: argparse.Namespace, clock: Clock) -> int:
    trainer, setup = _begin(options, clock)
    done = f"{100 * trainer.done:.0f}% of the budget"
    mention(f"training from {done} on{_how(trainer.objective)} ...")
    trainer.run(options.slice)
    _export(trainer, setup, options.out)
    said = f"{100 * trainer.done:.0f}% of the budget done; checkpoint in {options.out / 'model'}"
    more = "--minutes" if trainer.unit == "min" else "--steps"
    mention(said if trainer.done < 1 else f"{said}; give more {more} to go on")
    return 0


def _how(objective: Objective) -> str:
    mixed = ", products in bfloat16" if objective.mixed else ""
    compiling = "; the first steps compile, for some minutes" if objective.compiled else ""
    return mixed + compiling


def _begin(options: argparse.Namespace, clock: Clock) -> tuple[Trainer, Setup]:
    recipe = recipe_of(options.out, options)
    plan, device = _plan(recipe, options), device_of(options.device)
    put_together = _setup(recipe)
    setup = put_together(recipe, plan, options.out, origin.given(options), device)
    plan = evolve(plan, length=min(plan.length, setup.form.prompt_tokens))
    task = setup.task
    batches = Batches(task.source(plan), setup.form, plan.seed, task.corruption)
    objective = Objective(setup.model, setup.form, plan)
    samples = partial(task.samples, setup.model)
    return Trainer(objective, batches, plan, options.out, samples, clock=clock), setup


def _setup(recipe: Recipe) -> Callable[..., Setup]:
    if recipe.task == "sudoku":
        return for_sudoku
    return from_scratch if recipe.checkpoint is None else from_checkpoint


def _export(trainer: Trainer, setup: Setup, run: Path) -> None:
    with trainer.average.in_place():
        with setup.plain():
            save_checkpoint(
                trainer.model, setup.form, run / "tokenizer.json", run / "model", setup.sampling
            )
        if setup.adapter is not None:
            setup.adapter.save(run / "adapter")


def _plan(recipe: Recipe, options: argparse.Namespace) -> Plan:
    """What is not given is as it was in the slice before; minutes take the place of steps."""
    before = {**DEFAULT_PLAN, **saved_plan(options.out)}
    minutes, seed, steps = (
        before[name] if getattr(options, name) is None else getattr(options, name)
        for name in DEFAULT_PLAN
    )
    if options.minutes is not None:
        steps = None
    long = min(minutes, options.slice) >= COMPILING_PAYS if steps is None else steps >= MANY_STEPS
    return plan_of(
        recipe, minutes=minutes, steps=steps, seed=seed, compiled=long and not options.no_compile
    )
