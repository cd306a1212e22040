"""What is written and what is shown for a hole, where the two are not one request's."""

import pytest
import torch
from attrs import evolve

from diffgem_engine.checkpoint.loading import load
from diffgem_engine.evaluation.asked_holes import answer
from diffgem_engine.evaluation.asking import engine_of
from diffgem_engine.evaluation.cuts import Hole
from diffgem_engine.evaluation.trees import SourceFile
from diffgem_engine.protocol import Sampling

TEXT = "total = count(a)\nprint(a)\ntotal = count(b)\n"


@pytest.mark.parametrize(("enough", "shown_steps"), [(-1e6, False), (0.0, True)])
async def test_the_canvas_is_asked_for_where_a_draft_was_enough(
    checkpoint_folder, enough, shown_steps
):
    """Guards figures of the canvas that are those of a draft, and steps that nobody waited for."""
    checkpoint = load(checkpoint_folder, torch.device("cpu"))
    start = TEXT.rindex("count")
    hole = Hole("rest", SourceFile("a.py", "python", TEXT), start, len(TEXT) - 1)
    async with engine_of(checkpoint) as engine:
        plain = await answer(engine, hole, Sampling())
    sampling = evolve(checkpoint.sampling, draft_enough=enough)
    async with engine_of(evolve(checkpoint, sampling=sampling)) as engine:
        found = await answer(engine, hole, Sampling())
    assert (found.written, found.written_steps) == (plain.written, plain.written_steps)
    assert found.steps == (plain.steps if shown_steps else 0)
    if not shown_steps:
        assert (found.shown, found.origin) == ("count(a)", "draft")
