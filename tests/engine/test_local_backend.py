"""Text in, text out: the whole engine in this process, on a tiny random checkpoint."""

import asyncio
import threading

import pytest
from asking import ENDLESS, PREFIX, SUFFIX, infill, opened
from attrs import evolve

from diffgem_engine.backends import RequestError
from diffgem_engine.backends.base import LONGEST_TOKEN
from diffgem_engine.backends.local import LocalBackend
from diffgem_engine.backends.requests import CHARACTERS_A_TOKEN
from diffgem_engine.protocol import Hole, Pinned, Sampling


class Watched:
    """A checkpoint's tokenizer that notes how much text it is given."""

    def __init__(self, tokenizer):
        self._tokenizer = tokenizer
        self.longest = 0

    def encode(self, text):
        self.longest = max(self.longest, len(text))
        return self._tokenizer.encode(text)

    def decode(self, ids):
        return self._tokenizer.decode(ids)


class Slow(Watched):
    """Takes its time for one text."""

    def __init__(self, tokenizer):
        super().__init__(tokenizer)
        self.go_on = threading.Event()

    def encode(self, text):
        assert text != "slow" or self.go_on.wait(20)
        return super().encode(text)


class Numbers(Watched):
    """Tells how many ids it was to decode, not what they say."""

    def decode(self, ids):
        return f"<{len(ids)}>"


async def test_it_fills_a_hole(backend):
    """Guards the path from text to text, and every figure of the result."""
    result = await backend.infill(infill())
    [candidate] = result.candidates
    assert result.id == 3
    assert len(candidate.texts) == 1
    assert 0 < candidate.confidence <= 1
    assert 1 <= result.steps <= 6
    assert result.prefilled_tokens == result.prompt_tokens > 20
    assert min(result.queue_ms, result.prefill_ms, result.denoise_ms) >= 0
    assert result.denoise_ms > 0


async def test_the_same_request_has_the_same_text_and_another_seed_another(backend):
    hot = Sampling(steps=4, temperature_start=5.0, entropy_bound=30.0)
    asked = infill(Hole(16), sampling=hot)
    first, second = await asyncio.gather(backend.infill(asked), backend.infill(asked))
    assert first.candidates == second.candidates
    other = await backend.infill(evolve(asked, seed=1))
    assert other.candidates != first.candidates


async def test_typing_prefills_the_new_tokens_alone(backend):
    """Guards a prompt that changes in front of what is typed, brackets closed by the editor too."""
    await backend.infill(infill(prefix=PREFIX, suffix="]\nprint(1)\n"))
    typed = await backend.infill(infill(prefix=PREFIX + "v", suffix=")]\nprint(1)\n"))
    assert typed.prefilled_tokens <= 4


async def test_the_typed_start_comes_back(backend):
    """Guards the invariant: what the user typed is in the text, byte for byte."""
    for start in ("v * 2", "é", "naïve_𝄞", "\r\n\t", "<eom>", "'", "\ufffd"):
        result = await backend.infill(infill(Hole(24, starts_with=start)))
        assert result.candidates[0].texts[0].startswith(start)


async def test_the_typed_start_ends_where_a_token_does_not(checkpoint):
    """Guards a start that is decoded together with the bytes after it: they could merge with it."""
    counted = evolve(checkpoint, tokenizer=Numbers(checkpoint.tokenizer))
    async with opened(counted) as backend:
        result = await backend.infill(infill(Hole(24, starts_with="d\ud800")))
    text = result.candidates[0].texts[0]
    assert text.startswith("d\ud800<")


async def test_several_holes_and_the_text_between_them(backend):
    """Guards holes that are read at each other's slots."""
    canvas = (Hole(6, "v"), Pinned(" for "), Hole(4), Pinned(" in "), Hole(5, "val"))
    result = await backend.infill(infill(*canvas))
    texts = result.candidates[0].texts
    assert len(texts) == 3
    assert texts[0].startswith("v")
    assert texts[2].startswith("val")


async def test_progress_shows_every_slot_after_every_step(backend):
    """Guards cells that are out of step with their states, and a last step that is not shown."""
    seen = []
    five = evolve(ENDLESS, steps=5)
    asked = infill(Hole(12, "v"), Pinned(" for "), Hole(4), sampling=five)
    result = await backend.infill(asked, seen.append)
    assert [progress.step for progress in seen] == [1, 2, 3, 4, 5]
    for progress in seen:
        assert progress.id == 3
        assert len(progress.cells) == len(progress.states)
        assert set(progress.states) <= set("pnaex")
        pinned = [c for c, s in zip(progress.cells, progress.states, strict=True) if s == "p"]
        assert "".join(pinned).startswith("v for ")
        assert SUFFIX.startswith("".join(pinned).removeprefix("v for "))
    assert result.steps == 5


async def test_it_counts_tokens_as_its_tokenizer_does(backend, checkpoint):
    """Guards counts with special tokens, which no canvas has a slot for."""
    texts = ["", "x", PREFIX, "<eom>", "é\ud800", "\n" * 50]
    counted = await backend.count(texts)
    assert counted == tuple(len(checkpoint.tokenizer.encode(text)) for text in texts)
    assert counted[0] == 0
    assert counted[1] == 1


async def test_counting_holds_nobody_up(checkpoint):
    """Guards the event loop: megabytes take seconds."""
    async with opened(evolve(checkpoint, tokenizer=Slow(checkpoint.tokenizer))) as backend:
        work = asyncio.create_task(backend.count(["slow"]))
        assert (await backend.infill(infill())).steps > 0
        assert not work.done()
        backend._tokenizer.go_on.set()
        assert await work == (len(checkpoint.tokenizer.encode("slow")),)


@pytest.mark.parametrize(
    ("canvas", "message"),
    [
        ((Hole(200), Pinned("x = 1\n" * 40), Hole(50)), "it holds at most 256"),
        ((Hole(2, "a long start that has more tokens"),), "give it more slots"),
        ((Pinned("text"),), "at least one hole"),
        ((Hole(4), Pinned("x" * (LONGEST_TOKEN * 256 + 1))), "do not fit a canvas"),
        ((Hole(4, "x" * 10**6),), "do not fit a canvas"),
    ],
)
async def test_a_canvas_that_cannot_be_is_a_bad_request(backend, canvas, message):
    """Guards an internal error, or silence, for what the client did wrong."""
    with pytest.raises(RequestError, match=message) as refused:
        await backend.infill(infill(*canvas))
    assert refused.value.code == "bad-request"
    assert (await backend.infill(infill())).steps > 0


async def test_much_text_around_the_hole_is_not_tokenized(checkpoint):
    """Guards a keystroke in a huge file: its cost is bounded by the prompt's budget."""
    watched = Watched(checkpoint.tokenizer)
    async with opened(evolve(checkpoint, tokenizer=watched)) as backend:
        huge = "value = 1\n" * 400_000
        result = await backend.infill(infill(prefix=huge, suffix=huge))
        assert result.prompt_tokens <= checkpoint.form.prompt_tokens
        assert watched.longest <= CHARACTERS_A_TOKEN * checkpoint.form.prompt_tokens
        again = await backend.infill(infill(prefix=huge + "x", suffix=huge))
        assert again.prefilled_tokens <= 4


def test_it_says_what_it_is(checkpoint):
    backend = LocalBackend(checkpoint)
    asyncio.run(backend.close())
    assert backend.welcome.model == checkpoint.name
    assert (backend.welcome.device, backend.welcome.dtype) == ("cpu", "float32")
    assert backend.welcome.max_slots == 256
    assert backend.welcome.prompt_tokens == checkpoint.form.prompt_tokens
