"""Two hundred connections, fifty who type, one who floods.

The long ones are `make soak`, where the targets count; the short ones look at replies alone.
"""

import os

import pytest
from loads import beside_a_flood, crowd, crowd_figures, echo_engine
from tallies import report

MINUTES = float(os.environ.get("DIFFGEM_SOAK_MINUTES", "10"))
WORK_MS = 60.0  # of a hole, as a model would take


def assert_each_has_its_reply(tally):
    assert tally.wrong == (0, 0, 0), tally
    assert tally.settled, tally
    assert tally.answered > 0


async def test_a_small_crowd():
    """A reply was lost, came twice, or went to somebody else."""
    with echo_engine(10.0) as (path, process):
        tally, _ = await crowd(path, process, connections=30, typing=20, seconds=2)
    assert_each_has_its_reply(tally)
    assert tally.cancelled > 0
    assert tally.refused == 0


async def test_a_short_flood():
    """The same, where most have to wait."""
    with echo_engine(10.0) as (path, _):
        alone, beside, flood = await beside_a_flood(path, typing=4, seconds=1, rounds=1)
    assert_each_has_its_reply(alone)
    assert_each_has_its_reply(beside)
    assert flood.wrong == (0, 0, 0)
    assert flood.answered > beside.answered


@pytest.mark.soak
async def test_a_crowd():
    with echo_engine(WORK_MS) as (path, process):
        load = crowd(path, process, connections=200, typing=50, seconds=60 * MINUTES)
        tally, memory = await load
    figures = crowd_figures(tally, memory)
    report("crowd", figures)
    assert_each_has_its_reply(tally)
    assert tally.refused == 0
    assert figures["p95_over_median"] <= 3
    assert figures["memory_growth"] <= 0.05


@pytest.mark.soak
async def test_a_flood():
    with echo_engine(WORK_MS) as (path, _):
        load = beside_a_flood(path, typing=8, seconds=60 * MINUTES / 2, rounds=4)
        alone, beside, flood = await load
    figures = {f"alone_{key}": value for key, value in alone.figures().items()}
    figures |= {f"beside_{key}": value for key, value in beside.figures().items()}
    figures["flood_answered"] = flood.answered
    figures["cost"] = round(figures["beside_p95_ms"] / figures["alone_p95_ms"] - 1, 4)
    report("flood", figures)
    assert_each_has_its_reply(alone)
    assert_each_has_its_reply(beside)
    assert figures["cost"] <= 0.2
