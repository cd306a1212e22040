import argparse
import time
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffgem_lsp.prompt.context import FINE_LINES, Context, Window, anchor, gather
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.scopes import scope_starts

SOURCE = Path(argparse.__file__).read_text()
SMALL = Window(300, 100)
TYPED = (
    "\n\n    def typed(self, value=None):\n"
    '        """What it does: "quoted\' (.\n\n        And more."""\n'
    "        for key, (a, b) in sorted(self.items.items(), key=lambda item: item[0]):\n"
    "            found = [x for x in a if x['name'] == f\"{b!r}\"]  # it's\n"
    "        return {'a': [1, 2, (3,)]}\n"
)


def typing(text, offset, typed, language="python"):
    """The snapshot after each key."""
    now = Snapshot.of(text, offset, language)
    for key in typed:
        now = now.replaced(now.offset, now.offset, key)
        yield now


def assert_only_appends(snapshots, budget):
    """The start of the prefix moves forward, and to each stretch of the finer grid once."""
    starts = []
    for now in snapshots:
        start = anchor(now, budget)
        assert now.offset - budget <= start <= now.offset
        starts.append((start, now.lines.line_of(start) // FINE_LINES))
    moves = [place for place, _ in groupby(starts)]
    assert moves == sorted(moves)
    assert len({stretch for _, stretch in moves}) == len(moves)
    return moves


@pytest.mark.parametrize("line", [400, 1111, 2000])
def test_typing_only_appends(line):
    """The prompt began elsewhere at every key, and the engine read it all again."""
    offset = Snapshot.of(SOURCE, 0, "python").lines.end(line)
    moves = assert_only_appends(typing(SOURCE, offset, TYPED), 1500)
    assert len(moves) <= 2  # nine lines


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(["def f():", "    x = 1", "class A:", "    def g(self):", "", "'''"])),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.text("ab(\"'[{:\n# ", max_size=60),
    st.integers(1, 900),
    st.data(),
)
def test_typing_only_appends_anywhere(lines, line_end, typed, budget, data):
    text = line_end.join(lines * 20)
    offset = data.draw(st.integers(0, len(text)))
    snapshots = list(typing(text, offset, typed, "plaintext"))
    starts = [anchor(now, budget) for now in snapshots]
    assert starts == sorted(starts)
    both = zip(snapshots, starts, strict=True)
    assert all(now.offset - budget <= start <= now.offset for now, start in both)


@settings(max_examples=50, deadline=None)
@given(
    st.text("ab\r\n\ud800\udc00é", max_size=400), st.data(), st.integers(1, 99), st.integers(0, 99)
)
def test_the_budget_is_kept(text, data, prefix, suffix):
    """A prompt that the engine has to cut is cut elsewhere at every key."""
    offset = data.draw(st.integers(0, len(text)))
    found = gather(Snapshot.of(text, offset, "plaintext"), Window(prefix, suffix))
    assert len(found.prefix) <= prefix
    assert len(found.suffix) <= suffix


def test_a_short_document_is_seen_whole():
    found = gather(Snapshot.of("a\r\nb\rc\n", 3, "python"), Window(100, 100))
    assert found == Context("a\n", "b\nc\n")


def test_lone_surrogates_are_replaced_in_the_prompt_only():
    """msgpack refuses them: one stray half ended every completion in the file."""
    snapshot = Snapshot.of("a\ud83d b😀\udc00", 4, "python")
    assert gather(snapshot, Window(100, 100)) == Context("a\ufffd b", "😀\ufffd")
    assert snapshot.text == "a\ud83d b😀\udc00"


def test_the_prefix_starts_at_a_definition():
    """Half a function is worth less than a whole one."""
    now = Snapshot.of(SOURCE, SOURCE.index("class _HelpAction"), "python")
    start = anchor(now, 3000)
    assert start in scope_starts(now.tree, now.offset)
    assert now.offset - start > 1500


def test_without_a_grammar_the_prefix_starts_at_a_line():
    now = Snapshot.of(SOURCE, 30_000, "plaintext")
    start = anchor(now, 1500)
    assert now.lines.start(now.lines.line_of(start)) == start


def test_the_suffix_ends_at_a_line():
    now = Snapshot.of(SOURCE, 30_000, "plaintext")
    assert gather(now, SMALL).suffix.endswith("\n")


@pytest.mark.parametrize("budget", [1, 10, 100, 1500, 50_000])
def test_one_huge_line(budget):
    """Minified code has no line to start at: the prefix moved at every key."""
    text = "var a=[1,2];" * 10_000
    starts = [anchor(now, budget) for now in typing(text, 60_000, "x" * 40, "javascript")]
    assert all(60_000 + 1 + n - budget <= start <= 60_001 + n for n, start in enumerate(starts))
    if budget >= 100:
        assert len(set(starts)) <= 2
    found = gather(Snapshot.of(text, 60_000, "plaintext"), Window(budget, 7))
    assert found.suffix == text[60_000:60_007]


def test_gathering_costs_little():
    """The whole tree was searched for definitions at each key."""
    text = "\n".join((SOURCE * 3).split("\n")[:5000])
    for share in (0.1, 0.5, 0.97):
        now = Snapshot.of(text, int(len(text) * share), "python")
        assert now.tree.root.end_byte
        took = []
        for _ in range(20):
            began = time.thread_time()
            gather(now, Window(1500, 500))
            took.append(time.thread_time() - began)
        assert sorted(took)[10] < 0.001  # seconds; measured 0.00003
