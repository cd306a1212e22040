"""What llama.vim and llama.vscode send, to `/infill`; and Mistral's `/v1/fim/completions`."""

import json
from pathlib import Path

import pytest
from http_clients import events, http

FIXTURES = Path(__file__).with_name("http_fixtures")
PROMPT = (
    "# shop/mean.py\ndef mean(values):\n    return sum(values) / len(values)\n"
    "def total(prices):\n    result = "
)


def recorded(name):
    return json.loads((FIXTURES / f"{name}.json").read_text())


@pytest.mark.parametrize("name", ["llama_vim", "llama_vscode"])
async def test_a_recorded_request_is_answered_with_what_is_read_of_it(engine, name):
    """A field that the plugin reads was missing, and it showed nothing."""
    client = recorded(name)
    async with http(engine.path) as editor:
        answer = (await editor.post("/infill", json=client["request"])).raise_for_status().json()
    assert answer["content"] == PROMPT.upper().partition("\nDEF MEAN")[0]
    assert not set(client["read"]) - set(answer)
    assert not set(client.get("read_of_timings", ())) - set(answer.get("timings", ()))


async def test_only_what_is_wanted_of_the_reply_is_sent(engine):
    """llama.vim reads the paths as they are, slash included."""
    client = recorded("llama_vim")["request"]
    async with http(engine.path) as editor:
        answer = (await editor.post("/infill", json=client)).json()
    assert set(answer) == set(client["response_fields"])


async def test_preparing_asks_nothing_of_the_model(engine):
    """llama.vscode warms llama.cpp's cache with every chunk: a canvas for each would be wasted."""
    async with http(engine.path) as editor:
        answer = await editor.post("/infill", json=recorded("llama_vscode")["preparation"])
    assert (answer.status_code, answer.json()["content"]) == (200, "")
    assert engine.backend.started.empty()


async def test_the_time_to_predict_is_the_deadline(engine):
    """It was ignored, and a slow machine answered long after the cursor had moved."""
    async with http(engine.path) as editor:
        ask = {"input_prefix": "haste", "n_predict": 40, "t_max_predict_ms": 250}
        answer = (await editor.post("/infill", json=ask)).json()
    assert answer["content"] == "interactive 250.0"


async def test_a_stream_ends_with_the_timings(engine):
    """llama.cpp's streams end without [DONE]."""
    async with http(engine.path) as editor:
        answer = await editor.post("/infill", json={"input_prefix": "a b", "stream": True})
    *pieces, last = events(answer.text)
    assert "".join(each["content"] for each in [*pieces, last]) == "A B"
    assert (last["stop"], last["timings"]["predicted_n"], last["stop_type"]) == (True, 3, "eos")


async def test_mistrals_shape(engine):
    """A message in place of a text, and a random_seed in place of a seed."""
    ask = {"model": "codestral", "prompt": "a b", "suffix": "c", "random_seed": 7, "stop": " B"}
    async with http(engine.path) as editor:
        answer = (await editor.post("/v1/fim/completions", json=ask)).json()
        streamed = await editor.post("/v1/fim/completions", json={**ask, "stream": True})
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": "A"}
    *pieces, done = events(streamed.text)
    assert "".join(each["choices"][0]["delta"]["content"] for each in pieces) == "A"
    assert (pieces[-1]["choices"][0]["finish_reason"], done) == ("stop", "[DONE]")
    assert pieces[-1]["usage"]["completion_tokens"] == 1


async def test_props_say_how_much_is_read(engine):
    """llama.cpp's clients size what they send by n_ctx."""
    async with http(engine.path) as editor:
        props = (await editor.get("/props")).json()
    assert props["default_generation_settings"]["n_ctx"] == 1024
