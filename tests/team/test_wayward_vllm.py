"""A vLLM that has pinned canvases, and then answers what is none of ours."""

import pytest
from asking_upstreams import backend_of, refused
from fakes import ask
from upstreams import say, served
from vllm_contract import FIRST, Contract

from diffgem_engine.backends.openai.server import Patience

PINS, IDS, OTHER = "does not keep what is pinned", "without token ids", FIRST + ord("?")
LOGGED = "looks into that server's log"


class Wayward(Contract):
    """`spoil` gets each answer but the probe's."""

    def __init__(self, spoil):
        super().__init__()
        self.spoil = spoil

    def completion(self, body, xargs):
        reply = super().completion(body, xargs)
        if xargs["diffusion_max_steps"] > 1:
            self.spoil(reply["choices"][0]["logprobs"], reply)
        return reply


def narrower(told, _):
    del told["tokens"][-1], told["token_logprobs"][-1]


def wider(told, _):
    told["tokens"].append(f"token_id:{OTHER}")
    told["token_logprobs"].append(-1.0)


def another_suffix(told, _):
    told["tokens"][-1] = f"token_id:{OTHER}"


def of_another_request(told, _):
    told["tokens"] = [f"token_id:{OTHER}"] * len(told["tokens"])


def fewer_probabilities(told, _):
    told["token_logprobs"].pop()


def words_for_ids(told, _):
    told["tokens"][0] = "def"


def negative_id(told, _):
    told["tokens"][0] = "token_id:-1"


def huge_id(told, _):
    told["tokens"][0] = f"token_id:{2**70}"


def no_tokens(told, _):
    told["tokens"] = None


def no_choice(_, reply):
    reply["choices"] = []


SPOILED = [
    (narrower, PINS),
    (wider, PINS),
    (another_suffix, PINS),
    (of_another_request, PINS),
    (fewer_probabilities, PINS),
    (words_for_ids, IDS),
    (negative_id, IDS),
    (huge_id, IDS),
    (no_tokens, IDS),
    (no_choice, IDS),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILED, ids=[each.__name__ for each, _ in SPOILED])
async def test_canvas_that_is_not_ours_is_told_logged_once_and_rested(spoil, words, caplog):
    """What somebody else typed must never stand in a hole, nor a number end the engine."""
    async with served(Wayward(spoil).app) as url, backend_of(url, patience=Patience()) as backend:
        messages = [await refused(backend) for _ in range(3)]
        resting = await refused(backend)
    for message in messages:
        assert words in message
        assert url in message
        assert LOGGED in message
    assert "no upstream answers" in resting
    assert words in resting
    assert sum(url in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize("value", [99999.0, "1e999", None, 3])
async def test_probability_that_cannot_be_is_bounded(value):
    def spoil(told, _):
        told["token_logprobs"] = [value] * len(told["tokens"])

    async with served(Wayward(spoil).app) as url, backend_of(url, patience=Patience()) as backend:
        result = await backend.infill(ask(1), None)
    assert 0.0 <= result.candidates[0].confidence <= 1.0


@pytest.mark.parametrize(
    ("path", "field", "value", "words"),
    [
        ("/tokenize", "tokens", [1] * 999, "more ids than the text has bytes"),
        ("/tokenize", "tokens", [2**80], "answers /tokenize without ids"),
        ("/tokenize", "tokens", [True], "answers /tokenize without ids"),
        ("/detokenize", "prompt", "\ud800", "without a text"),
        ("/detokenize", "prompt", None, "without a text"),
    ],
)
async def test_text_and_ids_that_cannot_be(path, field, value, words):
    contract = Contract()

    async def app(scope, receive, send):
        if scope["path"] == path and contract.wayward:
            await say(send, {field: value})
        else:
            await contract.app(scope, receive, send)

    contract.wayward = False
    async with served(app) as url, backend_of(url, patience=Patience()) as backend:
        await backend.survey()
        contract.wayward = True
        assert words in await refused(backend)
