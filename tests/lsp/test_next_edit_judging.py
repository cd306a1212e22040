"""What the engine is asked about a proposal, and which proposals are offered for its answers."""

import math

import pytest
from drawn_edits import asked_for, draw, drawn

from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    Candidate,
    Result,
    Reviewed,
    ReviewedToken,
    Welcome,
)
from diffgem_lsp.next_edits import finding, judging
from diffgem_lsp.next_edits.choosing import ALWAYS, MARGINS, MOST, NEVER, chosen, sound
from diffgem_lsp.next_edits.judging import Judged
from diffgem_lsp.next_edits.proposals import KINDS, Proposal

ALIKE = dict.fromkeys(KINDS, 0.0)


class Opinions:
    """An engine that likes texts as it is told, and doubts one name."""

    def __init__(self, likes=None, doubts="\0", fills=""):
        self._likes, self._doubts, self._fills = likes or {}, doubts, fills
        self.asked = []

    async def ready(self):
        return Welcome(PROTOCOL_VERSION, "0", "opinions", "cpu", "float32", 256, 768, 512)

    async def infill(self, prefix, suffix, canvas, *, seed=0, sampling=None, drafts=()):
        self.asked.append((prefix, suffix, drafts))
        known = [Candidate((text,), 0.5, "draft", self._liked(text)) for text in drafts]
        return result(*(known or [Candidate((self._fills,), 0.5)]))

    async def review(self, prefix, code, suffix):
        pieces = zip(code.partition(self._doubts), (0.9, 0.01, 0.9), strict=True)
        tokens = tuple(token(text, probability) for text, probability in pieces if text)
        return Reviewed(0, tokens, 1, 1, 0.0, 0.0, 0.0)

    def _liked(self, text):
        return sum(nats for part, nats in self._likes.items() if part in text)


async def test_the_line_as_it_is_against_the_line_with_it():
    """Whole lines: so texts of any length compare, and tokens end where they did in training."""
    snapshot = drawn("def f(a):\n    x = a\n    return b\n", "python")[0]
    proposal = Proposal(18, 19, "cd", "typo", 0)
    engine = Opinions({"cd": 3.0})
    judged = await judging.judge(engine, snapshot, proposal)
    assert engine.asked == [("def f(a):\n    ", "\n    return b\n", ("x = a", "x = cd"))]
    assert judged == Judged(proposal, 3.0)


async def test_what_asks_for_it_is_shown_if_it_is_far_away():
    """The model cannot know that a name was changed 3,000 lines away."""
    text = "def f(b):\n" + "x = 1\n" * 3000 + "f(a)\n"
    snapshot = drawn(text, "python")[0]
    engine = Opinions()
    await judging.judge(engine, snapshot, Proposal(len(text) - 3, len(text) - 2, "b", "typo", 6))
    ((prefix, _, drafts),) = engine.asked
    assert prefix.startswith("def f(b):\nx = 1\n")
    assert drafts == ("f(a)", "f(b)")


async def test_line_ends_are_as_the_model_was_taught():
    snapshot = drawn("a\r\nb = c\r\nd\r\n", "python")[0]
    engine = Opinions()
    await judging.judge(engine, snapshot, Proposal(7, 8, "e", "typo", 0))
    assert engine.asked == [("a\n", "\nd\n", ("b = c", "b = e"))]


async def test_of_several_texts_the_likeliest():
    snapshot = drawn("f(1)\n", "python")[0]
    proposal = Proposal(3, 3, ", b", "argument", 0, others=(", self.b",))
    judged = await judging.judge(Opinions({"self": 2.0}), snapshot, proposal)
    assert (judged.proposal.text, judged.gain) == (", self.b", 2.0)


async def test_a_hole_is_filled_between_its_texts():
    snapshot = drawn("f(1)\n", "python")[0]
    proposal = Proposal(3, 3, "", "guess", 0, opens=(", ", ""))
    engine = Opinions({"two": 1.5}, fills=" two ")
    judged = await judging.judge(engine, snapshot, proposal)
    assert engine.asked[0] == ("f(1, ", ")\n", ())
    assert (judged.proposal.text, judged.gain) == (", two", 1.5)


@pytest.mark.parametrize("fills", ["", "a\nb", "a,"])
async def test_what_is_no_argument_is_not_judged(fills):
    snapshot = drawn("f(1)\n", "python")[0]
    proposal = Proposal(3, 3, "", "guess", 0, opens=(", ", ""))
    assert await judging.judge(Opinions(fills=fills), snapshot, proposal) is None


async def test_an_engine_without_an_opinion():
    """A draft that holds a secret, or has no room, does not come back."""

    class Mute(Opinions):
        async def infill(self, *_, **__):
            return result()

    snapshot = drawn("f(1)\n", "python")[0]
    assert await judging.judge(Mute(), snapshot, Proposal(2, 3, "2", "typo", 0)) is None


async def test_a_slip_is_offered_if_the_model_agrees():
    text = "value = value\nx = [1->2]\nprint(<valeu->value>)\n"
    snapshot, changes = asked_for(text, "python")
    for nats, expected in ((12.0, 1), (1.0, 0)):
        engine = Opinions({"print(value)": nats})
        assert len(await finding.find(engine, snapshot, changes)) == expected


async def test_a_name_that_the_model_doubts():
    """Of a file that has the right name nowhere."""
    text = "x = [1->2]\nprint(<isinstence->isinstance>(x, y))\n"
    snapshot, changes = asked_for(text, "python")
    engine = Opinions({"isinstance(": 12.0}, doubts="isinstence", fills="isinstance")
    found = await finding.find(engine, snapshot, changes)
    assert draw(snapshot, changes, found) == text


@pytest.mark.parametrize("fills", ["another", "isinstence", ""])
async def test_what_is_no_slip_of_it_is_not_what_was_meant(fills):
    """The model would rather have its own names everywhere."""
    snapshot, changes = asked_for("x = [1->2]\nprint(isinstence(x, y))\n", "python")
    engine = Opinions({"print": 12.0}, doubts="isinstence", fills=fills)
    assert await finding.find(engine, snapshot, changes) == []


async def test_what_is_sure_asks_nobody():
    snapshot, changes = asked_for("def f([a->b]):\n    return a\n", "python")
    engine = Opinions()
    assert len(await finding.find(engine, snapshot, changes)) == 1
    assert engine.asked == []


def test_only_what_beats_the_margin():
    snapshot = drawn("f(a, b)\n", "python")[0]
    both = [Judged(Proposal(2, 3, "c", "typo", 0), 1.0), Judged(Proposal(5, 6, "d", "typo", 0), -1)]
    assert [each.text for each in chosen(snapshot, both, ALIKE)] == ["c"]
    assert chosen(snapshot, both, {**ALIKE, "typo": NEVER}) == []


def test_edits_are_disjoint_and_few():
    snapshot = drawn("x = [" + "aa, " * 20 + "]\n", "python")[0]
    every = [Proposal(5 + 4 * n, 7 + 4 * n, "b", "typo", 0) for n in range(20)]
    overlapping = [Proposal(5, 11, "c", "typo", 0), *every]
    assert sound(snapshot, every) == every[:MOST]
    assert sound(snapshot, overlapping)[:2] == [overlapping[0], every[2]]


@pytest.mark.parametrize("text", ["a", "(", "b = = c"])
def test_what_changes_nothing_or_does_not_parse(text):
    snapshot = drawn("x = a\n", "python")[0]
    assert sound(snapshot, [Proposal(4, 5, text, "typo", 0)]) == []


def test_there_is_a_margin_for_each_kind():
    assert set(MARGINS) == set(KINDS)
    assert all(margin in (ALWAYS, NEVER) or math.isfinite(margin) for margin in MARGINS.values())


def result(*candidates):
    return Result(0, candidates, 1, 1, 1, 0.0, 0.0, 0.0)


def token(text, probability):
    return ReviewedToken(text, probability, text, probability)
