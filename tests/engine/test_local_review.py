"""Reviews, text in and text out: each token of the code, and what would rather stand there."""

import asyncio
import threading

import pytest
from asking import PREFIX, SUFFIX, infill

from diffgem_engine.backends import RequestError
from diffgem_engine.protocol import Review


def review(code, prefix=PREFIX, suffix=SUFFIX):
    return Review(3, prefix, code, suffix)


async def test_code_is_reviewed_token_by_token(backend, checkpoint):
    """Guards the way from text to text, each figure, and characters that are several tokens."""
    for code in (
        "v * 2 for v in ",
        "é",
        "naïve_𝄞 = '日本'",
        "\r\n\t",
        "<eom><pad>",
        "\ufffd\ufffdx",
    ):
        ids = checkpoint.tokenizer.encode(code)
        reply = await backend.review(review(code))
        assert reply.id == 3
        assert len(reply.tokens) == len(ids)
        assert "".join(token.text for token in reply.tokens) == code
        assert all(0 <= token.probability <= token.better_probability for token in reply.tokens)
        for token in reply.tokens:
            same = token.probability == token.better_probability
            assert (token.text == token.better) == same
    assert reply.denoise_ms > 0
    assert reply.prefilled_tokens == 0  # of the prompt, which all of them share


async def test_a_lone_surrogate_is_reviewed_as_what_it_becomes(backend):
    """Guards a reply that the wire refuses."""
    reply = await backend.review(review("a\ud800b"))
    assert "".join(token.text for token in reply.tokens) == "a\ufffdb"


async def test_the_better_token_reads_as_it_would_in_its_place(backend, monkeypatch):
    """Guards half characters: what a byte stands for depends on those before it."""
    code, better = "é", "ê"
    ids, wanted = (backend._tokenizer.encode(text) for text in (code, better))
    assert len(ids) == len(wanted) == 2
    runner = backend._thread._engine._runner
    denoise = runner.denoise

    def sure(sequences):
        found = denoise(sequences)
        for slot, token in enumerate(wanted):
            found.logits[:, slot, token] = 99.0
        return found

    monkeypatch.setattr(runner, "denoise", sure)
    first, second = (await backend.review(review(code))).tokens
    assert (first.text, second.text) == ("", "é")
    assert (first.better, second.better) == ("", "ê")  # the first byte is the same
    wanted[:] = backend._tokenizer.encode("x") * 2
    first, second = (await backend.review(review(code))).tokens
    assert (first.better, second.better) == ("x", "\ufffdx")


async def test_a_review_and_an_infill_share_a_prompt(backend):
    """Guards a prompt that a model was never taught: the suffix starts where the line ends."""
    filled = await backend.infill(infill(prefix="n = 1\n", suffix=" + 2  # two\nprint(n)\n"))
    reply = await backend.review(review("n * 3", "n = 1\n", " + 4\nprint(n)\n"))
    assert (reply.prompt_tokens, reply.prefilled_tokens) == (filled.prompt_tokens, 0)


@pytest.mark.parametrize(
    ("code", "message"), [("", "no code"), ("€" * 100, "300 tokens; review at most 256")]
)
async def test_code_that_does_not_fit_is_a_bad_request(backend, code, message):
    """Guards code of which the end is left out without a word."""
    with pytest.raises(RequestError, match=message) as refused:
        await backend.review(review(code))
    assert refused.value.code == "bad-request"


async def test_cancelling_a_review_ends_it(backend, monkeypatch):
    """Guards a review that nobody waits for, and one that takes the engine along."""
    runner = backend._thread._engine._runner
    prefill, running, go_on = runner.prefill, threading.Event(), threading.Event()

    def slow(*given):
        running.set()
        assert go_on.wait(20)
        return prefill(*given)

    monkeypatch.setattr(runner, "prefill", slow)
    first = asyncio.create_task(backend.review(review("x = 1", "first = 2\n")))
    await asyncio.to_thread(running.wait, 20)
    first.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await backend.review(review("x = 1"))).tokens
