"""Which of several texts is shown, and when none is."""

import pytest
from answers import Answers, at_cursor, completed
from attrs import evolve

from diffgem_engine.protocol import (
    Candidate,
    Gate,
    Weight,
)
from diffgem_lsp.engine.errors import RequestRefused
from diffgem_lsp.filters import Filtered
from diffgem_lsp.inline import choices
from diffgem_lsp.inline.completion import Completion, Memory, complete
from diffgem_lsp.inline.gate import two_digits
from diffgem_lsp.options import Options


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


SURE = Gate(0.2, (Weight("draft", 5.0), Weight("denoised", 4.0)))
ABOVE = [
    ("import os\n¦", "import os"),
    ("    self.x = x\n\n    self.¦\n", "x = x"),
    ('print("a")\n  print(¦)\n', '"a"'),
]


@pytest.mark.parametrize(("drawn", "text"), ABOVE)
async def test_what_repeats_the_line_above_is_no_news(drawn, text):
    """Who began a file was shown each line again."""
    engine = Answers()
    engine.welcome = evolve(engine.welcome, gate=SURE)
    engine.candidates = (Candidate((text,), 0.9, "draft", -1.0),)
    found = await completed(drawn, engine)
    assert (found.text, found.reason) == ("", "the suggestion repeated the line above")
    assert (await completed(drawn, engine, Options(min_confidence=0.0))).text == text
    invoked = await complete(at_cursor(drawn), engine, Options(), Memory(), invoked=True)
    assert invoked.text == text
    engine.candidates += (Candidate(("other",), 0.8, "denoised", -2.0),)
    assert (await completed(drawn, engine)).text == "other"


@pytest.mark.parametrize(
    ("drawn", "text"),
    [("if a {\n  if b {\n  }\n¦", "}"), ("a = 1\nb = 2\n¦", "a = 1"), ("¦", "import os")],
)
async def test_a_bracket_or_a_line_further_up_may_be_repeated(drawn, text):
    engine = Answers()
    engine.welcome = evolve(engine.welcome, gate=SURE)
    engine.candidates = (Candidate((text,), 0.9, "draft", -1.0),)
    assert (await completed(drawn, engine, language="plaintext")).text == text


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
    assert shown or "the model is undecided" in found.reason
