"""What a model has to beat."""

from collections import Counter

import pytest
from checkpoints import python_files, tiny_tokenizer

from diffgem_engine.evaluation.baselines import LONGEST_LINE, ORDER, NGram, copy_following
from diffgem_engine.evaluation.baselines import repeat_previous as repeat
from diffgem_engine.evaluation.cases import LineCase

TEXT = python_files(1)[0].read_text(encoding="utf-8")[:20_000]


def case(prefix):
    return LineCase(prefix, "\nafter()\n", "")


def ngram(*texts, most=10**6):
    return NGram(tiny_tokenizer(), texts, most)


@pytest.mark.parametrize(
    ("prefix", "line"),
    [
        ("a = 1\n", "a = 1"),
        ("    a = 1\n\n  \n    ", "a = 1"),
        ("a = 1\nb", "a = 1"),
        ("", ""),
        ("\n\n", ""),
    ],
)
def test_the_previous_line_is_repeated(prefix, line):
    """Guards the line at the cursor, or a blank one, in its place."""
    assert repeat(case(prefix)) == line


@pytest.mark.parametrize(
    ("prefix", "line"),
    [
        ("open()\n    read()\nclose()\n  open()\n", "read()"),
        ("open()\nread()\nopen()\nwrite()\n\nopen()\n", "write()"),
        ("open()\nread()\n", ""),
        ("", ""),
    ],
)
def test_what_followed_the_same_line_is_copied(prefix, line):
    """Guards the oldest occurrence in place of the latest, and the line itself."""
    assert copy_following(case(prefix)) == line


def test_the_likeliest_token_after_the_longest_known_context():
    """Guards tables of hashes and sorted arrays against a count by hand."""
    ids = tiny_tokenizer().encode(TEXT)
    model = ngram(TEXT)
    for at in range(0, len(ids) - ORDER, 97):
        for size in range(1, ORDER):
            context = tuple(ids[at : at + size])
            counts = Counter(
                ids[i + size] for i in range(len(ids) - size) if tuple(ids[i : i + size]) == context
            )
            best = max(counts, key=lambda token: (counts[token], -token))
            assert model.following(context) == best


def test_a_context_that_nobody_has_seen_is_cut_until_somebody_has():
    """Guards a model that is mute after every new name."""
    ids = tiny_tokenizer().encode("value = value + 1\n" * 5)
    model = ngram("value = value + 1\n" * 5)
    unknown = tiny_tokenizer().encode("é")[0]
    assert model.following([unknown, unknown, unknown, ids[0]]) == ids[1]
    assert model.following([unknown]) is None
    assert model.following([]) is None


def test_a_line_is_written_to_its_end():
    """Guards a line that runs into the next one, or that never ends."""
    model = ngram("    total += value * 2\n    count += 1\n" * 20)
    assert model.line(case("x\n    total +=")) == "value * 2"
    endless = ngram("ab" * 2000).line(case("ab"))
    assert len(tiny_tokenizer().encode(endless)) <= LONGEST_LINE


def test_it_reads_no_more_than_it_may():
    """Guards a corpus of gigabytes that is read to its end."""

    def texts():
        yield "value = 1\n" * 10
        raise AssertionError("one text was enough")

    assert NGram(tiny_tokenizer(), texts(), 10).line(case("value =")) == "1"


@pytest.mark.parametrize("texts", [(), ("",), ("a",)])
def test_a_corpus_with_next_to_nothing_in_it_says_nothing(texts):
    """Guards a traceback at the end of an evaluation."""
    assert ngram(*texts).line(case("value =")) == ""
