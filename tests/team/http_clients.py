"""Clients over HTTP of an engine's server in the test's own loop."""

import contextlib
import json

import httpx
import httpx2
from openai import AsyncOpenAI


def http(path, **options):
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    return httpx.AsyncClient(transport=transport, base_url="http://engine", timeout=30, **options)


@contextlib.asynccontextmanager
async def openai(path):
    carrier = httpx2.AsyncHTTPTransport(uds=str(path))
    async with httpx2.AsyncClient(transport=carrier, timeout=30) as transport:
        yield AsyncOpenAI(
            api_key="none", base_url="http://engine/v1", http_client=transport, max_retries=0
        )


def events(text):
    """What a stream says, comments left out."""
    lines = [line for line in text.split("\n") if line and not line.startswith(":")]
    assert all(line.startswith("data: ") for line in lines), lines
    datas = [line.removeprefix("data: ") for line in lines]
    return [each if each == "[DONE]" else json.loads(each) for each in datas]
