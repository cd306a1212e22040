"""What is filled in without a model."""

import pytest
from problem_files import problem

from diffgem_engine.evaluation.fillers import copy, empty, repeat

LOOP = "def f(x):\n    open(x)\n    read(x)\n    open(x)\n"


@pytest.mark.parametrize(
    ("fill", "prompt", "suffix", "middle"),
    [
        (empty, LOOP, "", ""),
        (repeat, LOOP, "    close(x)\n", "    open(x)\n"),
        (repeat, LOOP + "\n\n", "\n", "    open(x)"),
        (repeat, LOOP + "    re", "(x)\n", "open(x)"),
        (repeat, "", "x = 1\n", ""),
        (copy, LOOP, "    close(x)\n", "    read(x)\n"),
        (copy, LOOP + "    ", "\n", "read(x)"),
        (copy, "x = 1\n", "", ""),
    ],
)
async def test_a_line_is_filled_in_as_a_line(fill, prompt, suffix, middle):
    """Guards a baseline that loses for its indentation or its line's end alone."""
    assert await fill(problem(prompt=prompt, suffix=suffix)) == middle
