"""`diffgem-engine eval cursors`: several holes together, side by side and in turn."""

import json

import pytest

from diffgem_engine.__main__ import main
from diffgem_engine.checkpoint import loading
from diffgem_engine.evaluation import cursors, trees
from diffgem_engine.evaluation.asking import engine_of
from diffgem_engine.protocol import Candidate, Hole, Result, Sampling
from diffgem_engine.protocol import Welcome as Engine

WAYS = ("together", "side_by_side", "in_turn")


@pytest.fixture
def sets(source):
    return cursors.cut(trees.source_files(source), 4, 3)


def test_holes_stand_on_neighbouring_lines_and_are_empty(sets):
    """Guards texts that are cut from elsewhere than they are put back."""
    assert len(sets) == 4
    for each in sets:
        text, made = each.snapshot.text, each.snapshot
        lines = [each.snapshot.lines.line_of(opening.start) for opening in each.openings]
        assert lines == sorted(set(lines))
        for opening, expected in reversed([*zip(each.openings, each.expected, strict=True)]):
            assert opening.start == opening.end
            assert text[opening.start :].startswith(("\n", " ")) or opening.start == len(text)
            made = made.replaced(opening.start, opening.end, expected)
        assert len(made.text) == len(text) + sum(map(len, each.expected))


class Knows:
    """An engine that has the right texts for one set, and notes its canvases."""

    def __init__(self, expected):
        self.expected, self.canvases = expected, []

    async def ready(self):
        return Engine(5, "", "", "cpu", "float32", 256, 1024, 512)

    async def count(self, texts):
        return tuple(map(len, texts))

    async def infill(self, prefix, suffix, canvas, **_):
        self.canvases.append(canvas)
        holes = sum(isinstance(each, Hole) for each in canvas)
        first = 0 if holes > 1 else (len(self.canvases) - 2) % 3
        texts = self.expected[first : first + holes]
        return Result(1, (Candidate(texts, 0.5),), 1, 1, 1, 0.0, 0.0, 0.0)


async def test_each_way_asks_its_own_way(sets):
    """Guards ways that are the same, and texts held against another hole's."""
    one = sets[0]
    engine = Knows(tuple(f"{text}" for text in one.expected))
    report = await cursors.evaluate(engine, [one], Sampling())
    assert set(report) == set(WAYS)
    together = engine.canvases[0]
    assert sum(isinstance(each, Hole) for each in together) == 3
    assert report["together"]["exact_match"] == 1.0
    assert report["together"]["all_exact"] == 1.0


def test_the_report(source, checkpoint_folder, capsys):
    where = ["--source", str(source), "--model", str(checkpoint_folder), "--device", "cpu"]
    assert main(["eval", "cursors", *where, "--limit", "2", "--steps", "1", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert set(report) == {"about", *WAYS}
    for name in WAYS:
        assert (report[name]["sets"], report[name]["holes"]) == (2, 6)
    assert main(["eval", "cursors", *where, "--limit", "1", "--steps", "1"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows[1:]] == [*WAYS]


async def test_each_set_is_counted(sets, checkpoint_folder):
    """Guards a bar that ends before the work does."""
    ticks = []
    async with engine_of(loading.load(checkpoint_folder)) as engine:
        await cursors.evaluate(engine, sets[:2], Sampling(steps=1), lambda: ticks.append(1))
    assert len(ticks) == cursors.requests(2)
