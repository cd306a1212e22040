"""The prefix starts where it started, for as long as that will do."""

import sysconfig
from itertools import pairwise
from pathlib import Path

from diffgem_lsp.prompt.anchors import Anchors
from diffgem_lsp.snapshots import Snapshot

SOURCE = Path(sysconfig.get_path("stdlib"), "argparse.py").read_text(encoding="utf-8")
BUDGET = 1500


def typed(offset, count):
    """The document at each of `count` keys that write what stands at `offset`."""
    text = SOURCE[:offset] + SOURCE[offset + count :]
    snapshot = Snapshot.of(text, offset, "python", "a")
    yield snapshot
    for character in SOURCE[offset : offset + count]:
        snapshot = snapshot.replaced(snapshot.offset, snapshot.offset, character)
        yield snapshot


def test_a_fresh_anchor_lasts_a_fifth_of_the_budget():
    """At a jump of the anchor one key cost 400 prompt tokens instead of one."""
    for offset in range(5_000, 60_000, 1_111):
        anchors = Anchors()
        places = [anchors.place(now, BUDGET) for now in typed(offset, BUDGET // 5)]
        kept = [now.offset - place for now, place in zip(typed(offset, 300), places, strict=False)]
        assert max(kept) <= BUDGET
        jumps = sum(a != b for a, b in pairwise(places))
        assert jumps <= 1  # one where the code offered nothing but an anchor quite near


def test_twenty_keys_hardly_ever_jump():
    jumps = 0
    for offset in range(5_000, 60_000, 555):
        anchors = Anchors()
        jumps += len({anchors.place(now, BUDGET) for now in typed(offset, 20)}) - 1
    assert jumps == 0


def test_moving_away_starts_afresh():
    """Far up the file the old anchor lies behind the cursor: there would be no prefix."""
    anchors = Anchors()
    far = Snapshot.of(SOURCE, 40_000, "python", "a")
    anchors.place(far, BUDGET)
    for offset in (39_000, 20_000, 300, 41_900):
        place = anchors.place(far.at(offset), BUDGET)
        assert 0 <= offset - place <= BUDGET
        assert place == 0 or offset - place >= BUDGET // 3


def test_a_late_definition_does_not_cost_the_prefix():
    """Snapped to a method that begins near the cursor: a quarter of the budget was seen."""
    method = "    def f(self):\n" + "        # " + "x" * 60 + "\n"
    body = "        self.value = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n" * 29
    text = "class A:\n" + (method + body) * 20
    for offset in range(5_000, len(text), 97):
        place = Anchors().place(Snapshot.of(text, offset, "python", "a"), BUDGET)
        assert BUDGET // 3 <= offset - place <= BUDGET


def test_documents_do_not_share_an_anchor():
    anchors = Anchors()
    one = Snapshot.of(SOURCE, 40_000, "python", "one")
    two = Snapshot.of("x" * 100_000, 40_100, "python", "two")
    first = anchors.place(one, BUDGET)
    anchors.place(two, BUDGET)
    assert anchors.place(one, BUDGET) == first


def test_an_edit_above_that_moves_the_anchor_into_a_line_starts_afresh():
    anchors = Anchors()
    before = Snapshot.of(SOURCE, 40_000, "python", "a")
    place = anchors.place(before, BUDGET)
    after = before.replaced(0, 0, "# header").at(40_008)
    moved = anchors.place(after, BUDGET)
    assert moved != place
    assert after.lines.start(after.lines.line_of(moved)) == moved
