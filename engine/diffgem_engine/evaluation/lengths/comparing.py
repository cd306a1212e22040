"""`eval lengths`: fit the bias to some held-out lines, then compare the ways on others."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cattrs
from attrs import frozen

from diffgem_engine.checkpoint.loading import Checkpoint
from diffgem_engine.core.runner import Runner
from diffgem_engine.evaluation.cases import LineCase, NoCases, line_cases
from diffgem_engine.evaluation.lengths.ablation import Family, Tick, figures, tried
from diffgem_engine.evaluation.lengths.filling import Filler
from diffgem_engine.evaluation.lengths.fitting import NothingToFit, fit_bias
from diffgem_engine.evaluation.lengths.forms import cut_format, pinned_format
from diffgem_engine.evaluation.lengths.looking import LONGEST, first_looks
from diffgem_engine.evaluation.lengths.ways import ending, guessing
from diffgem_engine.evaluation.trees import source_files
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.formats.pinned import LengthBias, lengths
from diffgem_engine.training.corpus.documents import Document, load_documents

MakeTick = Callable[[int, str], Tick]  # of how many, of what


@frozen
class Plan:
    calibrate: int  # lines that the biases are fitted to; the others are filled every way
    slots: int  # of a canvas that is asked for, and of the longest guess
    guesses: int  # from that down to 1


def corpus_lines(corpus: Path, count: int) -> list[LineCase]:
    """Of the projects that a training run holds out.  Raises NoCases, TrainError."""
    if not (corpus / "held_out.jsonl").exists():
        raise NoCases(f"{corpus} has no held_out.jsonl; give RUN/corpus, or --source")
    return _some(corpus, line_cases(load_documents(corpus / "held_out.jsonl"), count))


def source_lines(source: Path, count: int) -> list[LineCase]:
    """Of any folder.  Raises NothingToCut, NoCases."""
    files = [Document("", file.path, file.text) for file in source_files(source)]
    return _some(source, line_cases(files, count))


def fitted(
    checkpoint: Checkpoint, filler: Filler, cases: Sequence[LineCase], tick: Tick
) -> tuple[LengthBias, dict[str, Any]]:
    """The bias of a format, and how it came to be.  Raises NothingToFit."""
    looks = first_looks(checkpoint, filler, cases, tick)
    fit, checked = fit_bias(looks)
    bias = fit.table(LONGEST)
    return bias, {
        "cases": len(looks),
        "scale": fit.scale,
        "terms": len(fit.coefficients),
        "checked": cattrs.unstructure(checked),
        "bias": [list(entry) for entry in bias],
    }


def fitted_pinned(
    checkpoint: Checkpoint, cases: Sequence[LineCase], tick: Tick
) -> tuple[LengthBias, dict[str, Any]]:
    """That which `lengths.json` is for.  Raises CheckpointError, NothingToFit."""
    filler = Filler(Runner(checkpoint.model), pinned_format(checkpoint))
    return fitted(checkpoint, filler, cases, tick)


def compared(
    checkpoint: Checkpoint, cases: Sequence[LineCase], plan: Plan, make_tick: MakeTick
) -> dict[str, Any]:
    """Raises CheckpointError, NoNumbers, NoCases."""
    known, asked = cases[: plan.calibrate], cases[plan.calibrate :]
    if not asked:
        raise NoCases(f"{len(cases)} lines leave none to compare on; give --calibrate fewer")
    runner = Runner(checkpoint.model)
    guesses = lengths(plan.slots, plan.guesses)
    fillers = {"pinned": Filler(runner, pinned_format(checkpoint))}
    native = checkpoint.form if isinstance(checkpoint.form, InfillFormat) else None
    if native is not None:
        fillers["native, cut"] = Filler(runner, cut_format(native))
    tick = make_tick(len(fillers) * len(known), "look")
    families, calibrations = [], {}
    for name, filler in fillers.items():
        bias, calibrations[name] = _fitted_or_none(checkpoint, filler, known, tick)
        families.append(Family(name, filler, guessing(filler, plan.slots, guesses, bias)))
    if native is not None:
        families.append(Family("native", Filler(runner, native), ending(plan.slots)))
    found = tried(checkpoint, families, asked, make_tick(len(asked), "line"))
    return {
        "slots": plan.slots,
        "guesses": guesses,
        "cases": len(asked),
        "calibration": calibrations,
        "ablation": figures(found),
    }


def _fitted_or_none(
    checkpoint: Checkpoint, filler: Filler, cases: Sequence[LineCase], tick: Tick
) -> tuple[LengthBias, dict[str, Any]]:
    """Without a bias `CAL` is `surest`: that is a result too."""
    try:
        return fitted(checkpoint, filler, cases, tick)
    except NothingToFit as error:
        return (), {"none": str(error)}


def _some(place: Path, cases: list[LineCase]) -> list[LineCase]:
    if not cases:
        raise NoCases(f"{place} has no line to fill; give another")
    return cases
