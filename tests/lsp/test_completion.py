import time

import pytest
from attrs import evolve

from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    Candidate,
    Gate,
    Hole,
    Result,
    Sampling,
    Weight,
    Welcome,
)
from diffgem_lsp import choices
from diffgem_lsp.completion import Completion, Memory, complete, unsuitable
from diffgem_lsp.engine.errors import RequestRefused
from diffgem_lsp.filters import Filtered
from diffgem_lsp.gate import two_digits
from diffgem_lsp.options import Options
from diffgem_lsp.pace import Pace
from diffgem_lsp.snapshots import Snapshot


class Answers:
    """An engine that answers at once; notes what it was asked."""

    def __init__(self, *texts, confidence=0.8):
        self.candidates = tuple(Candidate((text,), confidence) for text in texts)
        self.asked, self.paths, self.seeds, self.scored = [], [], [], []
        self.welcome = Welcome(PROTOCOL_VERSION, "0", "answers", "cpu", "float32", 256, 768, 512)
        self.drafts = None

    async def ready(self):
        return self.welcome

    async def infill(
        self,
        prefix,
        suffix,
        canvas,
        *,
        seed=0,
        sampling=None,
        on_progress=None,
        path="diffusion",
        drafts=(),
        seeds=1,
        scored=False,
    ):
        self.scored.append(scored)
        self.drafts = drafts
        self.seeds.append(seeds)
        self.paths.append(path)
        self.asked.append((prefix, suffix, canvas, seed, sampling))
        return Result(1, self.candidates, 5, 1, 1, 0.0, 0.0, 0.0)


def at_cursor(drawn, language="python"):
    return Snapshot.of(drawn.replace("¦", ""), drawn.index("¦"), language, "a")


async def completed(drawn, engine, options=None, language="python", memory=None):
    snapshot = at_cursor(drawn, language)
    return await complete(snapshot, engine, options or Options(), memory or Memory())


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


@pytest.mark.parametrize(("least", "text"), [(0.79, "1"), (0.8, "1"), (0.81, "")])
async def test_confidence(least, text):
    """Noise: staying quiet is a feature."""
    found = await completed("x = ¦\n", Answers("1"), Options(min_confidence=least))
    assert found.text == text
    assert ("0.80 is too low" in found.reason) == (not text)


@pytest.mark.parametrize(("confidence", "said"), [(0.1999, "0.19"), (0.29, "0.29"), (0.0, "0.00")])
def test_a_confidence_that_is_too_low_looks_so(confidence, said):
    """The status said: 0.20 is too low, below 0.20."""
    assert two_digits(confidence) == said


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


async def test_the_next_candidate_where_the_best_is_dropped():
    """Nothing was shown, though the second was good."""
    engine = Answers()
    engine.candidates = (
        Candidate((")",), 0.9, "denoised", -1.0),
        Candidate(("",), 0.8, "draft", -2.0),
        Candidate(("b",), 0.7, "draft", -3.0),
        Candidate(("c",), 0.6, "draft", -4.0),
    )
    found = await completed("foo(a¦)\n", engine)
    assert found == Completion("b", 0.7, "", 5, origin="draft", log_prob=-3.0, kind="arguments")
    found = await completed("foo(a¦)\n", engine, Options(min_confidence=0.75))
    assert found == Completion(
        "", 0.9, "the proposal was dropped: closed already", 5, kind="arguments"
    )


async def test_only_the_best_is_judged_where_it_is_good(monkeypatch):
    """Every candidate was parsed at every key."""
    judged = []
    monkeypatch.setattr(
        choices.filters, "apply", lambda text, _: judged.append(text) or Filtered(text)
    )
    await completed("x = ¦", Answers("a", "b"))
    assert judged == ["a"]


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


def seeded(engine, *candidates):
    """What comes where several seeds are asked for."""
    plain = engine.infill

    async def infill(*args, seeds=1, **named):
        found = await plain(*args, seeds=seeds, **named)
        return evolve(found, candidates=candidates) if seeds > 1 else found

    engine.infill = infill
    return engine


def by_seeds(text, agreement, confidence=0.5):
    return Candidate((text,), confidence, agreement=agreement)


async def test_one_choice_on_a_cpu_and_four_by_hand_or_on_a_gpu():
    """Alternatives take a CPU as long again; nobody had asked for them."""
    for device, invoked, options, wanted in (
        ("cpu", False, Options(), [1]),
        ("cpu", True, Options(), [1, 4]),
        ("cuda:0", False, Options(), [1, 4]),
        ("cuda:0", False, Options(candidates=1), [1]),
        ("cpu", False, Options(candidates=3), [1, 3]),
    ):
        engine = Answers("a")
        engine.welcome = evolve(engine.welcome, device=device)
        await complete(at_cursor("x = ¦\n"), engine, options, Memory(), invoked=invoked)
        assert engine.seeds == wanted


async def test_a_slow_gpu_is_asked_for_no_alternatives():
    engine, memory = Answers("a"), Memory()
    engine.welcome = evolve(engine.welcome, device="cuda")
    memory.pace.answered(0.5)
    await complete(at_cursor("x = ¦\n"), engine, Options(), memory)
    assert engine.seeds == [1]


async def test_alternatives_are_distinct_and_filtered():
    """The same text stood in the list twice, and one that does not parse."""
    engine = seeded(Answers("a", "b"), by_seeds("b", 0.5), by_seeds(")", 0.25), by_seeds("c", 0.25))
    found = await complete(at_cursor("foo(¦)\n"), engine, Options(), Memory(), invoked=True)
    assert [found.text, *(each.text for each in found.others)] == ["a", "b", "c"]


async def test_a_format_without_seeds_has_its_answer_all_the_same():
    """Asked by hand, or on a GPU, a checkpoint of the pinned format showed nothing at all."""
    engine = Answers("a", "b")
    engine.welcome = evolve(engine.welcome, gate=GATE)
    engine.candidates = tuple(evolve(each, log_prob=1.0) for each in engine.candidates)
    plain = engine.infill

    async def infill(*args, seeds=1, **named):
        if seeds > 1:
            raise RequestRefused("bad-request", "the pinned format tries several lengths")
        return await plain(*args, seeds=seeds, **named)

    engine.infill = infill
    for invoked in (True, False):
        options = Options(candidates=4)
        found = await complete(at_cursor("x = ¦"), engine, options, Memory(), invoked=invoked)
        assert [found.text, *(each.text for each in found.others)] == ["a", "b"]


async def test_who_asks_by_hand_keeps_what_is_shown():
    """Asked for alternatives, the editor showed another first text."""
    memory = Memory()
    await completed("x = ¦\n", Answers("first"), memory=memory)
    engine = seeded(Answers("second"), by_seeds("third", 0.5))
    found = await complete(at_cursor("x = f¦\n"), engine, Options(), memory, invoked=True)
    assert [found.text, *(each.text for each in found.others)] == ["irst", "second", "third"]


GATE = Gate(0.5, (Weight("draft", 1.0), Weight("log_prob", 0.5), Weight("block", -2.0)), 0.5)


@pytest.mark.parametrize(
    ("origin", "log_prob", "options", "invoked", "sure"),
    [
        ("denoised", 0.0, {}, False, 0.5),
        ("denoised", -0.1, {}, False, None),
        ("draft", -1.0, {}, False, 0.622),
        ("draft", -3.0, {}, False, None),
        ("denoised", None, {}, False, None),
        ("denoised", -4.0, {}, True, 0.119),
        ("denoised", -4.0, {"min_confidence": 0.0}, False, 0.119),
        ("draft", -1.0, {"min_confidence": 0.65}, False, None),
        ("draft", -1.0, {"min_confidence": 0.65}, True, None),
        ("draft", -1000.0, {}, True, 0.0),
    ],
)
async def test_the_fitted_gate(origin, log_prob, options, invoked, sure):
    """Guards noise, and a user's own word that does not count."""
    engine = Answers()
    engine.welcome = evolve(engine.welcome, gate=GATE)
    engine.candidates = (Candidate(("a",), 0.9, origin, log_prob),)
    options = Options(candidates=1, **options)
    found = await complete(at_cursor("x = ¦"), engine, options, Memory(), invoked=invoked)
    assert found.text == ("a" if sure is not None else "")
    assert engine.scored == [True]
    if sure is None:
        assert f"confidence {two_digits(found.confidence)} is too low" in found.reason
    else:
        assert found.confidence == pytest.approx(sure, abs=0.001)


async def test_each_kind_of_hole_has_a_gate_of_its_own():
    """Whole bodies are seldom right, however likely they look."""
    engine = Answers()
    engine.welcome = evolve(engine.welcome, gate=GATE)
    engine.candidates = (Candidate(("a",), 0.9, "denoised", 0.0),)
    assert (await completed("x = ¦", engine)).text == "a"
    assert (await completed("def f():\n    ¦\n", engine)).text == ""


async def test_the_likeliest_comes_first_where_that_was_fitted():
    """The engine compares log probabilities alone; a long draft lost to three characters."""
    engine = Answers()
    weights = (Weight("log_prob", 0.1), Weight("draft log_length", 2.0), Weight("denoised", -1.0))
    engine.candidates = (
        Candidate(("a",), 0.9, "denoised", -1.0),
        Candidate(("some_longer_name",), 0.1, "draft", -9.0),
    )
    assert (await completed("x = ¦", engine)).text == "a"
    engine.welcome = evolve(engine.welcome, gate=Gate(0.2, weights))
    assert (await completed("x = ¦", engine)).text == "some_longer_name"


async def test_nobody_asks_for_scores_without_a_gate():
    """They take the encoder a pass."""
    engine = Answers("a")
    await completed("x = ¦", engine)
    assert engine.scored == [False]


@pytest.mark.parametrize(("agreement", "shown"), [(0.5, True), (0.25, False), (None, False)])
async def test_seeds_that_disagree_stay_quiet(agreement, shown):
    """None: no seed came to the text at all."""
    others = [by_seeds("a", agreement, 0.9)] if agreement is not None else []
    engine = seeded(Answers("a", confidence=0.9), *others, by_seeds("b", 0.25, 0.9))
    engine.candidates = (Candidate(("a",), 0.9, "denoised", 1.0),)
    engine.welcome = evolve(engine.welcome, gate=GATE)
    found = await completed("x = ¦", engine, Options(candidates=4))
    assert [found.text, *(each.text for each in found.others)] == (["a", "b"] if shown else [""])
    assert shown or "the seeds disagree" in found.reason


async def test_by_hand_only():
    """Guards a switch that does not work, and ghost text that is gone at the next key."""
    engine, memory, options = Answers("foo()"), Memory(), Options(trigger="manual")
    found = await complete(at_cursor("x = ¦"), engine, options, memory)
    assert (found.text, engine.asked, "manual" in found.reason) == ("", [], True)
    found = await complete(at_cursor("x = ¦"), engine, options, memory, invoked=True)
    assert found.text == "foo()"
    found = await complete(at_cursor("x = f¦"), engine, options, memory)
    assert (found.text, found.reused) == ("oo()", True)


@pytest.mark.parametrize(
    ("drawn", "options", "slots", "text"),
    [
        ("def f():\n    ¦\n", {}, 54, "a\n    b"),
        ("def f():\n    ¦\n", {"lines": "single"}, 22, "a"),
        ("def f():\n    ¦\n", {"max_lines": 1}, 22, "a"),
        ("def f():\n    ¦\n", {"max_lines": 2}, 34, "a\n    b"),
        ("def f():\n    c\n    ¦\n", {}, 22, "a\n    b"),
        ("def f():\n    c\n    ¦\n", {"lines": "multi"}, 54, "a\n    b"),
        ("def f():\n    x = ¦\n", {}, 22, "a"),
        ("def f():\n    x = ¦\n", {"lines": "multi"}, 54, "a\n    b"),
        ("def f():\n    x = ¦\n", {"lines": "multi", "max_lines": 1}, 22, "a"),
        ("f(¦)\n", {"lines": "multi"}, 14, "a"),
        ("x = ¦.c\n", {"lines": "multi"}, 22, "a"),
    ],
)
async def test_the_canvas_is_the_cap(drawn, options, slots, text):
    """Guards lines that nobody wants, and a canvas that has no room for those that are wanted."""
    engine = Answers("a\n    b\nc")
    found = await completed(drawn, engine, Options(**options))
    assert (engine.asked[0][2], found.text) == ((Hole(slots),), text)


async def test_a_gpu_has_room_for_blocks():
    engine = Answers("a")
    engine.welcome = evolve(engine.welcome, device="cuda")
    await completed("def f():\n    ¦\n", engine)
    assert engine.asked[0][2] == (Hole(154),)


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


@pytest.mark.parametrize(
    ("drawn", "pinned"),
    [
        ("def f():\n¦\n", "    "),
        ("def f():\n  ¦\n", "  "),
        ("def f():\n    ¦\n", ""),
        ("def f():\n      ¦\n", ""),
        ("class A:\n  def f(self):\n¦\n", "    "),
        ("if a:\n\tb\nif c:\n¦\n", "\t"),
        ("if a:\n\tb\nif c:\n  ¦\n", ""),
        ("x = 1\n¦\n", ""),
    ],
)
async def test_the_indent_of_a_body_is_pinned(drawn, pinned):
    """In an editor that indents nothing, a body stood at the margin."""
    engine = Answers(f"{pinned}a")
    found = await completed(drawn, engine)
    assert engine.asked[0][2][0].starts_with == pinned
    assert found.text == f"{pinned}a"
