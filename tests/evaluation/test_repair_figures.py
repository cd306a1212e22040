"""Reviews -> figures, by hand, on scripted answers."""

import pytest

from diffgem_engine.evaluation import repair
from diffgem_engine.evaluation.chunks import Chunk
from diffgem_engine.evaluation.mistakes import Mistake
from diffgem_engine.evaluation.repair_figures import (
    auc,
    baselines,
    broken_figures,
    clean_figures,
    rank1,
    threshold_of,
)
from diffgem_engine.evaluation.reviewed import (
    BrokenReview,
    CleanReview,
    Token,
    review_broken,
    review_clean,
)
from diffgem_engine.evaluation.trees import SourceFile
from diffgem_engine.protocol import Reviewed, ReviewedToken


def tokens(*parts):
    """(text, probability, better) each; `better` may be left out."""
    made, start = [], 0
    for text, probability, *better in parts:
        made.append(Token(text, start, probability, *(better or [text])))
        start += len(text)
    return tuple(made)


def clean(*probabilities):
    return CleanReview(tokens(*[("x", p) for p in probabilities]), 1.0)


def broken(*parts, wrong="bad", right="good", start=4, kind="name"):
    said = tokens(*parts)
    text = "".join(token.text for token in said)
    code = text[:start] + right + text[start + len(wrong) :]
    review = BrokenReview(
        Mistake(kind, "a.py", "x = 1\n", code, "", start, right, wrong), said, 2.0
    )
    assert review.mistake.broken == text
    return review


SURE = broken(("x =", 0.9), (" bad", 0.1, " good"), ("(1)", 0.5))
SPLIT = broken(("x = b", 0.5, "x = g"), ("ad", 0.3, "ood"), ("(1)", 0.2))
MISSED = broken(("x =", 0.05), (" bad", 0.8), ("(1)", 0.5, "(2)"), kind="typo")


def test_the_tokens_of_a_mistake_are_all_that_it_reaches_into():
    """Guards a mistake whose neighbours count, and one that shares its token with clean code."""
    assert [token.text for token in SURE.wrong] == [" bad"]
    assert [token.text for token in SPLIT.wrong] == ["x = b", "ad"]
    assert (SURE.right, SPLIT.right) == (" good", "x = good")
    assert (SURE.is_mended, SPLIT.is_mended, MISSED.is_mended) == (True, True, False)


def test_a_part_of_a_character_belongs_to_it():
    review = broken(("a = ", 0.9), ("", 0.1), ("é", 0.9), (";", 0.9), wrong="é", right="e")
    assert [token.text for token in review.wrong] == ["", "é"]


def test_what_is_below_the_threshold_is_found():
    assert [SURE.is_found(p) for p in (0.1, 0.11)] == [False, True]
    assert [SPLIT.is_found(p) for p in (0.3, 0.31)] == [False, True]
    assert not MISSED.is_found(0.5)  # what is flagged there is not the mistake


@pytest.mark.parametrize(("count", "flagged"), [(1, 0), (19, 0), (20, 1), (59, 2), (60, 3)])
def test_the_threshold_flags_at_most_a_twentieth(count, flagged):
    """Guards a threshold that is off by one chunk."""
    reviews = [clean(0.9, (n + 1) / 100, 0.95) for n in range(count)]
    threshold = threshold_of(reviews)
    assert sum(review.flagged(threshold) > 0 for review in reviews) == flagged
    assert threshold == (flagged + 1) / 100


def test_chunks_that_are_equally_likely_are_all_left_alone():
    """Guards a threshold that flags every chunk of a model that is sure of everything."""
    reviews = [clean(1.0, 1.0)] * 40
    assert clean_figures(reviews, threshold_of(reviews))["clean_left_alone"]["share"] == 1.0


def test_clean_code_is_counted_by_chunk_and_by_token():
    found = clean_figures([clean(0.1, 0.2, 0.9), clean(0.9, 0.9), clean(0.3)], 0.25)
    assert found["clean_left_alone"]["share"] == pytest.approx(2 / 3)
    assert found["false_alarms_per_100_tokens"] == pytest.approx(100 * 2 / 6)


def test_figures_by_hand():
    found = broken_figures([SURE, SPLIT, MISSED], [True, False, True], [clean(0.2, 0.6)], 0.25)
    assert found["n"] == 3
    assert found["found"]["share"] == pytest.approx(1 / 3)
    assert found["mended"]["share"] == pytest.approx(2 / 3)
    assert found["found_and_mended"]["share"] == pytest.approx(1 / 3)
    assert found["mendable"]["share"] == pytest.approx(2 / 3)
    # wrong: 0.1 (below both), 0.5 and 0.3 (below one), 0.8 (below none)
    assert found["auc"] == pytest.approx((1 + 0.5 + 0.5 + 0) / 4)
    assert found["rank1"] == pytest.approx(1 / 3)


def test_the_area_under_the_curve():
    assert auc([0.1, 0.2], [0.3, 0.4]) == 1.0
    assert auc([0.5], [0.1, 0.2]) == 0.0
    assert auc([0.5, 0.5], [0.5]) == 0.5
    assert auc([], [0.5]) is auc([0.5], []) is None


def test_of_equal_tokens_one_is_drawn():
    """Guards a model that is sure of everything, and is right because the first token is wrong."""
    assert rank1([SURE], lambda *_: 0.0) == pytest.approx(1 / 3)
    assert rank1([], lambda *_: 0.0) is None


def test_baselines_by_hand():
    """Guards a model that is measured against nothing."""
    found = baselines([SURE, MISSED])
    assert found["random"]["rank1"] == pytest.approx(1 / 3)
    assert found["random"]["kinds"]["typo"] == pytest.approx(1 / 3)
    assert found["random"]["kinds"]["sign"] is None
    assert found["rarest"]["rank1"] == pytest.approx(1 / 2)  # "x =" stands there twice


def test_nothing_gives_no_figures():
    found = broken_figures([], [], [clean(0.5)], 0.1)
    assert (found["n"], found["auc"], found["rank1"]) == (0, None, None)
    assert found["found"]["share"] is None


class Scripted:
    """Every word is a token, sure but of `bad`, for which it would have `good`; it counts words."""

    def __init__(self):
        self.asked = []

    async def review(self, prefix, code, suffix):
        self.asked.append((prefix, code, suffix))
        said = [self._token(word + " ") for word in code.split(" ")]
        said[-1] = self._token(code.split(" ")[-1])
        return Reviewed(1, tuple(said), 3, 3, 0.0, 0.0, 0.0)

    @staticmethod
    def _token(word):
        own, better = (0.1, 0.8) if "bad" in word else (0.9, 0.9)
        return ReviewedToken(word, own, word.replace("bad", "good"), better)

    async def count(self, texts):
        return tuple(len(text.split(" ")) for text in texts)


def chunk(number):
    text = f"before\nx{number} = good + 1\nafter\n"
    return Chunk(SourceFile(f"{number}.py", "python", text), 7, len(text) - 7, ())


def mistake(one, wrong="bad"):
    at = one.code.index("good")
    return Mistake("name", one.file.path, one.prefix, one.code, one.suffix, at, "good", wrong)


async def test_what_is_asked_and_what_is_made_of_the_answer():
    """Guards clean code that is asked for in the broken one's place."""
    engine, one = Scripted(), chunk(3)
    review = await review_broken(engine, mistake(one))
    assert engine.asked == [("before\n", "x3 = bad + 1", "\nafter\n")]
    assert [(t.text, t.start) for t in review.wrong] == [("bad ", 5)]
    assert review.is_mended
    assert (await review_clean(engine, one)).flagged(0.5) == 0


async def test_the_threshold_is_of_other_chunks_than_the_figures():
    """Guards figures of the chunks that the threshold was fitted to."""
    engine, chunks, ticks = Scripted(), [chunk(n) for n in range(4)], []
    made = [[mistake(one), mistake(one, "bad bad")] for one in chunks]
    report = await repair.evaluate(engine, chunks, made, lambda: ticks.append(1))
    assert len(engine.asked) == len(ticks) == repair.requests(made) == 4 + 2 * 2
    broken = [code for _, code, _ in engine.asked if "bad" in code]
    assert [code[:2] for code in broken] == ["x1", "x1", "x3", "x3"]
    assert report.threshold == 0.9
    assert report.model["found"] == {"share": 1.0, "ci95": report.model["found"]["ci95"], "n": 4}
    assert report.model["mended"]["share"] == 0.5
    assert report.model["mendable"]["share"] == 0.5
    assert report.model["clean_left_alone"]["share"] == 1.0
    assert report.model["auc"] == report.model["rank1"] == 1.0
    assert report.kinds["name"]["n"] == 4
    assert report.kinds["sign"]["n"] == 0
    assert report.samples[0] == {
        "kind": "name", "file": "1.py", "right": "good ", "wrong": "bad ", "better": "good ",
        "probability": 0.1, "found": True,
    }  # fmt: skip
