"""Streams without end, and bodies that cost more to answer than to send."""

import pytest
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


@pytest.mark.parametrize("wanted", [["content"] * 65, ["a/" * 200]])
async def test_a_million_wanted_fields_are_refused(engine, wanted):
    """They were looked up one by one while nobody else was served."""
    async with http(engine.path) as editor:
        answer = await editor.post("/infill", json={"prompt": "x", "response_fields": wanted})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "response_fields"
