"""What an upstream says may quote who asked it."""

import json
import logging

import pytest
from fakes import FakeBackend
from upstreams import raw, reply

from diffgem_engine.backends import RequestError
from diffgem_engine.backends.openai.breaker import FAILURES
from diffgem_engine.backends.openai.server import Server
from diffgem_engine.backends.vllm.backend import VllmBackend
from diffgem_engine.protocol import Hole, Infill
from diffgem_engine.router.backend import RoutedBackend
from diffgem_engine.router.second import SecondModel

QUOTE = "password = 'of ann'"
REFUSAL = reply(json.dumps({"error": {"message": QUOTE}}).encode(), "400 Bad Request")
EVENT = f"data: {json.dumps({'error': QUOTE})}\n\n".encode()
STREAM = reply(EVENT, kind="text/event-stream")


async def refused(backend, prefix):
    with pytest.raises(RequestError) as caught:
        await backend.infill(Infill(1, prefix, "", (Hole(4),)), None)
    return caught.value.message


@pytest.mark.parametrize("said", [REFUSAL, STREAM])
async def test_what_an_upstream_quotes_is_for_who_asked_alone(said, caplog):
    """vLLM quotes the prompt in what it refuses; the log had it, and once the upstream rested it
    was the answer to everybody."""
    async with raw(said) as (url, _):
        backend = VllmBackend([Server(url)])
        with caplog.at_level(logging.DEBUG):
            heard = [await refused(backend, "ann's") for _ in range(FAILURES)]
            after = await refused(backend, "ben's")
        await backend.close()
    assert all(QUOTE in message for message in heard)
    assert said is REFUSAL or QUOTE not in after
    told = [each.getMessage() for each in caplog.records if each.name.startswith("diffgem")]
    assert told
    assert not any("ann" in message for message in told)


async def test_what_a_second_model_quotes_is_in_no_log(caplog):
    async with raw(REFUSAL) as (url, _):
        backend = RoutedBackend(FakeBackend(), SecondModel(Server(url), "m"))
        with caplog.at_level(logging.DEBUG):
            found = await backend.infill(Infill(1, "x", "", (Hole(300),), task="action"), None)
        await backend.close()
    assert found.candidates[0].texts == ("X",)
    told = [each.getMessage() for each in caplog.records if each.name.startswith("diffgem")]
    assert any("refused the request" in message for message in told)
    assert not any("ann" in message for message in told)
