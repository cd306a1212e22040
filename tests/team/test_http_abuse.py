"""Streams without end, and bodies that cost more to answer than to send."""

import asyncio

import httpx
import pytest
from entrances import give, guarded
from http_clients import events, http

from diffgem_engine.http import exchange


@pytest.mark.parametrize("stream", [False, True])
async def test_the_time_of_an_answer_is_limited_however_it_is_sent(engine, monkeypatch, stream):
    """A stream had no limit: "still at it" for ever."""
    monkeypatch.setattr(exchange, "MOST_S", 0.02)
    async with http(engine.path) as editor:
        body = {"prompt": "hang", "stream": stream}
        answer = await editor.post("/v1/completions", json=body)
    error = events(answer.text)[-1]["error"] if stream else answer.json()["error"]
    assert error["code"] == "out-of-time"
    assert error["message"] == "no answer within 0.02 s: ask for less"


@pytest.mark.parametrize("wanted", [["content"] * 65, ["a/" * 200]])
async def test_a_million_wanted_fields_are_refused(engine, wanted):
    """They were looked up one by one while nobody else was served."""
    async with http(engine.path) as editor:
        answer = await editor.post("/infill", json={"prompt": "x", "response_fields": wanted})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "response_fields"


async def test_a_body_of_two_lengths_is_refused_and_nothing_behind_it_is_read(engine):
    """A proxy that goes by the one hands on a request that it has never seen."""
    reader, writer = await asyncio.open_unix_connection(str(engine.path))
    body = b"0\r\n\r\nGET /health HTTP/1.1\r\nHost: engine\r\n\r\n"
    head = f"POST /infill HTTP/1.1\r\nHost: engine\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + body)
    async with asyncio.timeout(10):
        said = await reader.read()
    writer.close()
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"the body has a length and is chunked: say one of them" in said
    assert said.count(b"HTTP/1.1") == 1


async def test_nobody_is_led_to_where_a_request_says_that_it_was_sent(engine):
    async with http(engine.path, headers={"Host": "evil.example"}) as editor:
        answer = await editor.post("/infill/", json={"prompt": "x"})
    assert (answer.status_code, "location" in answer.headers) == (404, False)


async def test_two_tokens_are_nobodys(tmp_path):
    """A proxy that looks at the other one lets somebody else in."""
    async with guarded(tmp_path, "tcp") as engine, httpx.AsyncClient() as editor:
        good = ("Authorization", f"Bearer {give(engine.store, 'anna')}")
        url = f"http://127.0.0.1:{engine.endpoint.port}/v1/models"
        both = [good, ("Authorization", "Bearer dg_other")]
        assert (await editor.get(url, headers=[good])).status_code == 200
        for headers in (both, both[::-1]):
            refused = await editor.get(url, headers=headers)
            assert refused.status_code == 403
            assert "several Authorization headers: who is asking? send one" in refused.text
