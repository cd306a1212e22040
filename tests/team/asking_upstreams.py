"""A backend of impatience, and what it hears of upstreams."""

import asyncio
import contextlib
import json

import pytest
from fakes import ask
from upstreams import reply

from diffgem_engine.backends import RequestError
from diffgem_engine.backends.openai.server import Patience, Server
from diffgem_engine.backends.vllm.backend import VllmBackend

HASTY = Patience(connect_s=1.0, silent_s=0.2, whole_s=0.6)


@contextlib.asynccontextmanager
async def backend_of(*urls, patience=None, **options):
    """Patient where time is not the point: what does not matter here is slow on a busy machine."""
    backend = VllmBackend([Server(url, patience=patience, **options) for url in urls])
    try:
        async with asyncio.timeout(20):
            yield backend
    finally:
        await backend.close()


async def refused(backend, code="unavailable"):
    with pytest.raises(RequestError) as caught:
        await backend.infill(ask(1), None)
    assert caught.value.code == code
    return caught.value.message


async def answered(backend):
    """Asked again when the refusal says."""
    while True:
        try:
            return await backend.infill(ask(1), None)
        except RequestError as error:
            await asyncio.sleep(error.retry_after_s)


def event(text, reason=None, **fields):
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason, **fields}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def streamed(*events):
    return reply(b"".join(events) + b"data: [DONE]\n\n", kind="text/event-stream")


GOOD = streamed(event("fine"), event("", "stop"))
