import time

import pytest
from answers import Answers, at_cursor, completed

from diffgem_engine.protocol import (
    Candidate,
    Hole,
    Result,
    Sampling,
)
from diffgem_lsp.inline.completion import Completion, Memory, complete
from diffgem_lsp.inline.pace import Pace
from diffgem_lsp.options import Options
from diffgem_lsp.privacy.eligibility import unsuitable
from diffgem_lsp.snapshots import Snapshot


async def test_what_the_engine_is_asked():
    """The canvas was sized for another hole, or the seed and the steps stayed behind."""
    engine = Answers("1")
    found = await completed("a = ¦\r\nb\r\n", engine, Options(seed=3, steps=4))
    assert engine.asked == [("a = ", "\nb\n", (Hole(22),), 3, Sampling(steps=4))]
    assert found == Completion("1", 0.8, "", 5, origin="denoised", kind="rest of line")
    assert engine.drafts == ()


async def test_the_context_sizes_are_options():
    engine = Answers("1")
    await completed(
        "x" * 500 + "¦" + "y" * 500, engine, Options(prefix_characters=100, suffix_characters=10)
    )
    ((prefix, suffix, *_),) = engine.asked
    assert 50 <= len(prefix) <= 100
    assert suffix == "y" * 10


async def test_an_engine_with_nothing_to_say():
    """candidates[0] of none was an IndexError on the user's screen."""
    assert (await completed("¦", Answers())).reason == "the model proposes nothing"
    assert (await completed("¦", Answers(""))).reason == "the model proposes nothing"


async def test_the_reason_when_filters_leave_nothing():
    found = await completed("foo(a¦)\n", Answers(")"))
    assert (found.text, found.reason, found.steps) == (
        "",
        "the proposal was dropped: closed already",
        5,
    )


@pytest.mark.parametrize(
    ("drawn", "text"),
    [
        ("a:\r\n¦\r\nb", "x\r\ny"),
        ("a:\r\n¦", "x\r\ny"),
        ("a:\r¦", "x\ry"),
        ("a:\n¦\r\n", "x\r\ny"),
        ("¦", "x\ny"),
        ("a\fb\u2028\n¦", "x\ny"),
    ],
)
async def test_line_ends_are_the_documents(drawn, text):
    """One completion gave a file two kinds of line ends."""
    assert (await completed(drawn, Answers("x\ny"), language="plaintext")).text == text


async def test_what_is_shown_is_reused():
    """A key that fits what is shown costs a request, and the text changes under the eye."""
    engine, memory = Answers("foo(1)"), Memory()
    await completed("x = ¦\n", engine, memory=memory)
    found = await completed("x = fo¦\n", engine, memory=memory)
    assert found == Completion("o(1)", 0.8, reused=True)
    assert len(engine.asked) == 1


async def test_nothing_is_not_reused():
    engine, memory = Answers(""), Memory()
    for _ in range(2):
        await completed("x = ¦\n", engine, memory=memory)
    assert len(engine.asked) == 2


async def test_unsuitable_documents_are_not_sent():
    """A binary file, or a dump of a gigabyte, went to the engine."""
    assert "binary" in unsuitable(at_cursor("abc\0def¦"), Options())
    assert unsuitable(at_cursor("\0" + "x" * 20_000 + "¦"), Options()) == ""
    small = Options(max_file_characters=5)
    assert unsuitable(at_cursor("abc¦de"), small) == ""
    assert "too large: 6 characters, 5 at most" in unsuitable(at_cursor("abc¦def"), small)
    engine = Answers("1")
    found = await completed("abc\0def¦", engine)
    assert (found.text, bool(found.reason), engine.asked) == ("", True, [])


@pytest.mark.parametrize("language", ["javascript", "plaintext"])
async def test_one_huge_line_costs_little(language):
    """Minified code: the line was read character by character for seconds at each key."""
    text = "var a=[1,'x',foo(b)];" * 400_000
    snapshot = Snapshot.of(text, len(text) - 5, language)
    began = time.thread_time()
    found = await complete(snapshot, Answers("c"), Options(), Memory())
    assert time.thread_time() - began < 0.5  # seconds; measured 0.03, and 5 before
    assert found.text == "c"


LIKE = "total = count(a)\ntotal = ¦\n"


async def test_what_the_document_has_elsewhere_is_a_draft():
    """Guards drafts that never leave, and a switch that does not work."""
    engine = Answers("1")
    await completed(LIKE, engine)
    assert engine.drafts == ("count(a)",)
    await completed(LIKE, engine, Options(drafts=False))
    assert engine.drafts == ()


class Tries(Answers):
    """Each request has an answer of its own: the texts and the steps that they took."""

    def __init__(self, *answers):
        super().__init__()
        self.answers = [*answers]

    async def infill(self, *args, **named):
        texts, steps = self.answers[len(self.asked)]
        await super().infill(*args, **named)
        candidates = tuple(Candidate((text,), 0.5, origin) for text, origin in texts)
        return Result(1, candidates, steps, 1, 1, 0.0, 0.0, 0.0)


BAD_DRAFT, NOTHING = ([(")", "draft")], 0), ([("", "denoised")], 3)


async def test_a_draft_that_was_enough_for_the_engine_alone():
    """Guards a quiet editor where the filters take the draft, and no canvas was filled."""
    engine = Tries(BAD_DRAFT, ([("b", "denoised")], 3))
    found = await completed("foo(a¦)\n", engine)
    assert found == Completion("b", 0.5, "", 3, origin="denoised", kind="arguments")
    assert (engine.paths, engine.drafts) == (["diffusion"] * 2, ())
    shown = await completed("foo(a¦)\n", engine := Tries(([(", b", "draft")], 0)))
    assert (shown.text, shown.steps, len(engine.asked)) == (", b", 0, 1)


async def test_the_fallback_writes_where_nothing_is_worth_showing():
    """Guards a second request that nobody asked for, and one whose text is not filtered."""
    for answers, text, paths in (
        ([NOTHING], "", ["diffusion"]),
        ([NOTHING, ([("b)", "autoregressive")], 4)], "b", ["diffusion", "autoregressive"]),
        ([BAD_DRAFT, NOTHING, ([(")", "autoregressive")], 4)], "",
         ["diffusion", "diffusion", "autoregressive"]),
        ([BAD_DRAFT, ([("b", "denoised")], 3)], "b", ["diffusion", "diffusion"]),
        ([([("b", "denoised")], 3)], "b", ["diffusion"]),
    ):  # fmt: skip
        engine = Tries(*answers)
        found = await completed(
            "foo(a¦)\n", engine, Options(fallback=len(answers) + bool(text) > 1)
        )
        assert (found.text, engine.paths) == (text, paths)
        assert found.steps == sum(steps for _, steps in answers)
        assert bool(found.reason) == (not text)


async def test_by_hand_only():
    """Guards a switch that does not work, and ghost text that is gone at the next key."""
    engine, memory, options = Answers("foo()"), Memory(), Options(trigger="manual")
    found = await complete(at_cursor("x = ¦"), engine, options, memory)
    assert (found.text, engine.asked, "manual" in found.reason) == ("", [], True)
    found = await complete(at_cursor("x = ¦"), engine, options, memory, invoked=True)
    assert found.text == "foo()"
    found = await complete(at_cursor("x = f¦"), engine, options, memory)
    assert (found.text, found.reused) == ("oo()", True)


async def test_a_pause_before_the_engine_is_asked():
    """Nobody waits who asks by hand, or for what is known."""
    waited = []

    async def wait(seconds):
        waited.append(seconds)

    memory, options = Memory(wait=wait, pace=Pace(lambda: 7.0)), Options(debounce_ms=120)
    memory.pace.key()
    await complete(at_cursor("x = ¦"), Answers("foo"), options, memory, invoked=True)
    await complete(at_cursor("x = f¦"), Answers("foo"), options, memory)
    assert waited == []
    await complete(at_cursor("x = a¦"), Answers("foo"), options, memory)
    assert waited == [0.12]
