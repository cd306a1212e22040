"""Preamble, prefix and suffix together: within the budget, and the same while somebody types."""

import argparse
from itertools import pairwise
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from diffgem_engine.protocol import PROTOCOL_VERSION, Welcome
from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.options import Options
from diffgem_lsp.prompt.assembly import (
    DEFAULT_OF_SHORT,
    DEFAULT_TOKENS,
    Prompts,
    budget_of,
    window_of,
)
from diffgem_lsp.prompt.snippets import DECLARATIONS, Snippet
from diffgem_lsp.snapshots import Snapshot

SOURCE = Path(argparse.__file__).read_text(encoding="utf-8")
WELCOME = Welcome(PROTOCOL_VERSION, "0", "none", "cpu", "float32", 256, 768, 512)
TYPED = "\n    def typed(self, value=None):\n        return {'a': [value, (3,)]}\n"


class Some:
    """Sources that have what they are given, and count how often they are asked."""

    def __init__(self, *texts, score=1.0):
        self.texts, self.asked, self.score = list(texts), 0, score

    def snippets(self, snapshot, options):
        self.asked += 1
        for number, text in enumerate(self.texts):
            yield Snippet(DECLARATIONS, f"f{number}.py", text, self.score + number, "a reason")


def prompt_of(prompts, snapshot, options=None):
    return prompts.of(snapshot, hole_at(snapshot), WELCOME, options or Options())


def typing(offset, typed, text=SOURCE):
    """The document before, and after each key."""
    now = Snapshot.of(text, offset, "python", "file:///a.py")
    yield now
    for key in typed:
        now = now.replaced(now.offset, now.offset, key)
        yield now


@pytest.mark.parametrize("tokens", [None, 0, 60, 300])
def test_typing_only_appends(tokens):
    """The preamble was another one at every key: the engine read all of the prompt again."""
    sources = Some("def one(): ...", "def two(a, b): ...")
    prompts, options = Prompts(sources), Options(context_tokens=tokens)
    found = [prompt_of(prompts, now, options) for now in typing(30_000, TYPED)]
    assert all(b.prefix.startswith(a.prefix) for a, b in pairwise(found))
    assert all(b.suffix == a.suffix for a, b in pairwise(found))
    assert sources.asked == (0 if tokens == 0 else 1)
    assert found[0].prefix.startswith("# f0.py\ndef one(): ...\n\n# f1.py") is (tokens != 0)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.text("abc \n", min_size=1, max_size=400), max_size=6),
    st.integers(0, 4_096),
    st.integers(100, 3_000),
    st.integers(0, 500),
    st.integers(0, 40_000),
)
def test_the_budgets_are_kept(texts, tokens, prefix, suffix, offset):
    """A prompt that the engine has to cut is cut elsewhere at every key."""
    options = Options(context_tokens=tokens, prefix_characters=prefix, suffix_characters=suffix)
    prompts = Prompts(Some(*texts))
    for now in typing(offset, "ab\n"):
        found = prompt_of(prompts, now, options)
        assert len(found.prefix) <= prefix
        assert len(found.suffix) <= suffix
        assert len(found.preamble.text) <= min(tokens * 2.6, prefix / 2)
        assert found.prefix.startswith(found.preamble.text)
        assert now.text[: now.offset].endswith(found.prefix[len(found.preamble.text) :])


def test_a_jump_brings_a_new_preamble():
    sources = Some("def one(): ...")
    prompts = Prompts(sources)
    for offset, asked in ((30_000, 1), (30_010, 1), (60_000, 2), (29_000, 3)):
        now = Snapshot.of(SOURCE, offset, "python", "file:///a.py")
        prompt_of(prompts, now)
        assert sources.asked == asked


def test_a_save_brings_a_new_preamble_where_there_is_one():
    """What was saved elsewhere was not seen until the cursor jumped; or all was read anew for
    nothing.
    """
    sources = Some("def one(): ...")
    prompts = Prompts(sources)
    before, now, after = typing(30_000, "xy")
    first = prompt_of(prompts, before)
    prompts.renew()
    same = prompt_of(prompts, now)
    assert sources.asked == 2
    assert same.prefix.startswith(first.prefix)
    sources.texts = ["def another(): ..."]
    prompts.renew()
    assert "def another()" in prompt_of(prompts, after).prefix
    assert prompt_of(prompts, after) == prompt_of(prompts, after)
    assert sources.asked == 3


def test_what_is_in_the_window_is_not_said_twice():
    text = "def here(): ...\n" * 3
    now = Snapshot.of(text, len(text), "python", "file:///a.py")
    found = prompt_of(Prompts(Some("def here(): ...", "def there(): ...")), now)
    assert found.prefix.count("def here(): ...") == 3
    assert [each.why for each in found.preamble.choice.left_out] == [
        "it is in the text around the cursor"
    ]


def test_another_budget_takes_effect_at_once():
    prompts = Prompts(Some("def one(): ..."))
    now = Snapshot.of(SOURCE, 30_000, "python", "file:///a.py")
    assert prompt_of(prompts, now).preamble.text
    assert not prompt_of(prompts, now, Options(context_tokens=0)).preamble.text
    assert prompt_of(prompts, now).preamble.text


def test_a_document_that_was_closed_is_forgotten():
    sources = Some("def one(): ...")
    prompts = Prompts(sources)
    now = Snapshot.of(SOURCE, 30_000, "python", "file:///a.py")
    prompt_of(prompts, now)
    prompts.forget("file:///a.py")
    prompt_of(prompts, now)
    assert sources.asked == 2


def test_line_ends_and_stray_surrogates():
    """The prompt has LF alone, and nothing that has no encoding."""
    now = Snapshot.of("x = 1\r\n", 7, "python", "file:///a.py")
    found = prompt_of(Prompts(Some("def a(): ...\r\nb\ud800")), now)
    assert found.prefix == "# f0.py\ndef a(): ...\nb\ufffd\n\nx = 1\n"


def test_the_default_budget_follows_from_what_the_checkpoint_reads():
    long = evolve(WELCOME, prompt_tokens=8_192)
    assert budget_of(WELCOME, Options()) == DEFAULT_OF_SHORT
    assert budget_of(long, Options()) == DEFAULT_TOKENS
    assert budget_of(long, Options(context_tokens=7)) == 7
    assert window_of(long, Options()).prefix > 10 * DEFAULT_TOKENS
