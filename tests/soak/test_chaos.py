"""kill -9 of engines, upstreams and clients: who lives has an answer or a reason, and soon again.

Ten minutes of it are `make soak`; the short one has the same rules, but for the time.
"""

import os
from statistics import median

import psutil
import pytest
from chaos import NEVER, Rhythm, chaos, world
from loads import growth
from tallies import report

MINUTES = float(os.environ.get("DIFFGEM_SOAK_MINUTES", "10"))
KEPT = 64  # connections to an upstream that are kept for the next request
IN_WORDS = {"unavailable": "the engine's operator", "overloaded": "ask", "draining": ""}


def back_s(mortals):
    return [seconds for mortal in mortals for seconds in mortal.back_s]


def figures_of(place):
    found = {**place.toll.figures(), "doubled": place.toll.doubled}
    groups = {
        "engine": [place.engines["engine"], place.engines["local"]],
        "upstream": place.upstreams,
        "client": place.clients,
    }
    for name, mortals in groups.items():
        found[f"{name}_kills"] = sum(mortal.deaths for mortal in mortals)
        if back := back_s(mortals):
            found[f"{name}_back_s_median"] = round(median(back), 3)
            found[f"{name}_back_s_most"] = round(max(back), 3)
    found |= {"editor_kills": place.edited.kills, "editor_replies": place.edited.replies}
    before, after = growth(place.memory)
    files = growth(place.files)
    return {
        **found,
        "memory_mb_warm": round(before, 1),
        "memory_mb_end": round(after, 1),
        "memory_growth": round(after / before - 1, 4),
        "files_warm": files[0],
        "files_end": files[1],
    }


def assert_everybody_was_told(place):
    toll = place.toll
    assert toll.wrong == (0, 0, 0), toll
    assert toll.settled, toll
    assert place.edited.late == 0
    for code, message in toll.messages.items():
        assert IN_WORDS[code] in message, (code, message)


def assert_nothing_is_left():
    states = [child.status() for child in psutil.Process().children(recursive=True)]
    assert psutil.STATUS_ZOMBIE not in states


async def test_a_few_deaths():
    """Somebody waited for ever, or a killed engine's socket kept the next one from starting."""
    async with world() as place:
        await chaos(place, 0.6, Rhythm(alive=(0.1, 0.5), dead=(0.0, 0.2)))
        assert_everybody_was_told(place)
        assert_nothing_is_left()
    assert place.toll.answered > 0
    assert place.edited.replies > 0
    assert all(mortal.deaths for mortal in place.killed)
    assert NEVER not in back_s([place.engines["local"], *place.upstreams])


@pytest.mark.soak
async def test_chaos():
    rhythm = Rhythm()
    async with world() as place:
        await chaos(place, 60 * MINUTES, rhythm)
        assert_nothing_is_left()
    figures = figures_of(place)
    report("chaos", figures)
    for code, message in place.toll.messages.items():
        print(f"  {code}: {message}")
    assert_everybody_was_told(place)
    assert max(back_s([*place.engines.values(), *place.upstreams])) <= rhythm.back
    assert figures["memory_growth"] <= 0.05
    assert figures["files_end"] <= figures["files_warm"] + KEPT
