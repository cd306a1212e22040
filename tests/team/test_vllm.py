"""The vLLM backend against a server that does what vLLM documents, and refuses all else."""

import asyncio
import contextlib
import json
import subprocess
import sys

import pytest
from fakes import ask
from upstreams import served
from vllm_contract import FIRST, Contract

from diffgem_engine.backends import RequestError
from diffgem_engine.backends.openai.server import Server
from diffgem_engine.backends.vllm.backend import VllmBackend
from diffgem_engine.protocol import Hole, Infill, Pinned
from diffgem_engine.serving.validation import check

COMPLETIONS, CHAT = "/v1/completions", "/v1/chat/completions"


@contextlib.asynccontextmanager
async def backend_of(contract, **options):
    async with served(contract.app) as url:
        backend = VllmBackend([Server(url)], **options)
        try:
            yield backend
        finally:
            await backend.close()


def filled(contract):
    """The bodies of requests for canvases, without the probe's."""
    return [b for b in contract.asked(COMPLETIONS) if b["vllm_xargs"]["diffusion_max_steps"] > 1]


async def test_canvas_is_pinned_where_server_has_them():
    contract = Contract(answer="a + b")
    async with backend_of(contract) as backend:
        request = Infill(7, "def f(a, b):\n    return ", "\nprint(f(1, 2))\n", (Hole(5),))
        check(request, backend.welcome)
        result = await backend.infill(request, None)
    assert contract.refused == []
    assert (result.id, result.candidates[0].texts) == (7, ("a + b",))
    assert result.route == "diffusion: pinned"
    first = filled(contract)[0]
    canvas = first["vllm_xargs"]
    suffix = "\nprint(f(1, 2))\n"
    assert "".join(chr(i - FIRST) for i in first["prompt"][1:]) == request.prefix
    assert canvas["diffusion_seed_canvas"][5 : 5 + len(suffix)] == [
        FIRST + ord(letter) for letter in suffix
    ]
    assert canvas["diffusion_pinned"] == list(range(5, len(canvas["diffusion_seed_canvas"])))


async def test_length_is_the_one_the_upstream_is_surest_of():
    """A hole is filled at several lengths, and the likeliest wins."""
    contract = Contract(answer="xy")
    async with backend_of(contract) as backend:
        result = await backend.infill(Infill(1, "a = ", "\n", (Hole(4),)), None)
    lengths = sorted(
        len(b["vllm_xargs"]["diffusion_seed_canvas"]) - len(b["vllm_xargs"]["diffusion_pinned"])
        for b in filled(contract)
    )
    assert lengths == [1, 2, 4]
    assert result.candidates[0].texts == ("xy",)


async def test_start_of_a_hole_and_pinned_text_between_holes_stay():
    contract = Contract(answer="12")
    async with backend_of(contract) as backend:
        canvas = (Hole(5, "for "), Pinned(" in "), Hole(1))
        result = await backend.infill(Infill(1, "", "", canvas), None)
    assert result.candidates[0].texts == ("for 1", "2")


async def test_served_width_alone():
    """Without async scheduling vLLM takes canvases of the served width only."""
    contract = Contract(answer="ok", pins="served", served=64)
    async with backend_of(contract) as backend:
        result = await backend.infill(Infill(1, "a", "b", (Hole(2),)), None)
    assert result.candidates[0].texts == ("ok",)
    bodies = filled(contract)
    assert {len(b["vllm_xargs"]["diffusion_seed_canvas"]) for b in bodies} == {64}
    assert all("diffusion_canvas_length" not in b["vllm_xargs"] for b in bodies)


@pytest.mark.parametrize("tokenizes", [True, False])
async def test_chat_where_pins_do_not_come_back(tokenizes):
    """A build that passes over the arguments it does not know must not be believed."""
    contract = Contract(answer="a + b", pins="none", tokenizes=tokenizes)
    async with backend_of(contract) as backend:
        prefix = "def f(a, b):\n    return "
        result = await backend.infill(Infill(1, prefix, "\n\nprint(1)\n", (Hole(8),)), None)
    assert filled(contract) == []
    assert (result.candidates[0].texts, result.route) == (("a + b",), "diffusion: chat")
    [body] = contract.asked(CHAT)
    user, turn = body["messages"]
    assert "print(1)" in user["content"]
    assert turn == {"role": "assistant", "content": f"```\n{prefix}"}
    assert body["continue_final_message"] is True
    assert 0.6 < result.candidates[0].confidence < 0.61
    assert (result.prompt_tokens, result.prefilled_tokens) == (40, 8)


async def test_instruction_goes_by_chat():
    contract = Contract(answer="pass")
    async with backend_of(contract) as backend:
        request = Infill(1, "x", "", (Hole(4),), instruction="do nothing at all")
        result = await backend.infill(request, None)
    assert result.candidates[0].texts == ("pass",)
    assert "do nothing at all" in contract.asked(CHAT)[0]["messages"][0]["content"]


async def test_other_server_is_asked_in_openai_words_alone():
    """No field of vLLM's, and what the model repeats of the known lines is cut."""
    contract = Contract(answer="Sure:\n```python\ndef f():\n    return 1\n```\n", owner="acme")
    async with backend_of(contract) as backend:
        result = await backend.infill(Infill(1, "def f():\n    ", "", (Hole(9),)), None)
    assert result.candidates[0].texts == ("return 1",)
    [body] = contract.asked(CHAT)
    assert set(body) == {"model", "messages", "max_tokens", "seed", "stop", "stream"}


async def test_text_of_many_tokens_is_asked_again_with_less_of_it():
    """Where nobody tells tokens, they are guessed from characters."""
    contract = Contract(answer="fits", pins="none")
    contract.most_message = 6000
    async with backend_of(contract) as backend:
        result = await backend.infill(Infill(1, "\u6f22" * 30_000, "", (Hole(4),)), None)
    assert result.candidates[0].texts == ("fits",)
    assert len(contract.asked(CHAT)) == 2


async def test_several_seeds_vote():
    contract = Contract(answer="same")
    async with backend_of(contract) as backend:
        result = await backend.infill(Infill(1, "", "", (Hole(4),), seed=5, seeds=3), None)
    assert [b["seed"] for b in filled(contract)] == [5, 6, 7]
    assert [(c.texts, c.agreement) for c in result.candidates] == [(("same",), 1.0)]


@pytest.mark.parametrize("pins", ["any", "none"])
async def test_cancelling_closes_the_connection(pins):
    """Or the upstream goes on denoising for nobody."""
    contract = Contract(pins=pins)
    async with backend_of(contract) as backend, asyncio.timeout(10):
        await backend.infill(ask(1), None)
        contract.hang = True
        asking = asyncio.create_task(backend.infill(ask(2), None))
        await contract.hanging.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await contract.closed.wait()


async def test_past_the_deadline_what_came_is_the_answer():
    contract = Contract(answer="half an ans", pins="none")
    async with backend_of(contract) as backend:
        request = Infill(1, "", "", (Hole(99),), deadline_ms=0.0)
        result = await backend.infill(request, None)
    assert result.ended == "out of time"
    assert "half an ans".startswith(result.candidates[0].texts[0])
    assert result.candidates[0].texts[0]


async def test_count_is_the_upstreams():
    async with backend_of(Contract()) as backend:
        assert await backend.count(("abc", "", "é")) == (3, 0, 1)


async def test_what_an_upstream_cannot_do_is_refused_in_words():
    async with backend_of(Contract()) as backend:
        with pytest.raises(RequestError, match="path diffusion or auto") as caught:
            await backend.infill(ask(1, path="autoregressive"), None)
    assert caught.value.code == "bad-request"


async def test_welcome_tells_of_the_upstream():
    async with backend_of(Contract()) as backend:
        lines = await backend.survey()
        assert "pinned canvases, up to 256 slots wide" in lines[0]
        assert backend.welcome.model == "google/diffusiongemma-26B-A4B-it"
        assert backend.welcome.prompt_tokens == 8192 - 256 - 8


def test_backend_brings_no_torch():
    """A gateway is installed where there is no GPU, and starts at once."""
    code = (
        "import sys, json, diffgem_engine.backends.vllm.backend, diffgem_engine.process.server;"
        "print(json.dumps([m for m in ('torch', 'transformers') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert json.loads(done.stdout) == []
