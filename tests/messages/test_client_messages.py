"""What a client's author is told: over HTTP, over the engine's wire, by the language server."""

import re
import sys
from pathlib import Path

import message_lists
import msgpack
import pytest
from editor import Refused, completion_params, edited_here
from fakes import greeted_client, hear, raw_client, say

from diffgem_engine.protocol import PROTOCOL_VERSION, Hello
from diffgem_engine.wire import MAX_FRAME

sys.path.append(str(Path(__file__).parents[1] / "team"))
sys.path.append(str(Path(__file__).parents[1] / "engine"))
sys.path.append(str(Path(__file__).parents[1] / "lsp"))

from http_clients import http
from wire_client import Client
from wire_messages import changed

URI = "file:///w/a.py"
V1, FIM, LLAMA = "/v1/completions", "/v1/fim/completions", "/infill"
HTTP = [
    (V1, b"{", 400, "the body is not JSON (…): send a JSON object"),
    (V1, b"[" * 100_000, 400, "the body is nested too deeply: send plain fields"),
    (V1, b"[]", 400, "the body must be a JSON object"),
    (V1, {"prompt": ["a", "b"]}, 400, "prompt must be one text: send several requests for several"),
    (V1, {"prompt": "a", "suffix": 5}, 400, "… must be text"),
    (V1, {"prompt": "a", "max_tokens": "x"}, 400, "… must be a whole number"),
    (V1, {"prompt": "a", "max_tokens": -1}, 400, "… must be …..…, not …"),
    (V1, {"prompt": "a", "n": 2, "best_of": 1}, 400, "best_of must be no less than n, which is …"),
    (V1, {"prompt": "a", "n": 2, "stream": True}, 400,
     "one text is streamed: leave out n and best_of, or stream"),
    (V1, {"prompt": "a", "stream": "x"}, 400, "… must be true or false"),
    (V1, {"prompt": "a", "stop": ["x"] * 99}, 400, "stop must be at most … texts of … characters"),
    (V1, {"prompt": "a", "echo": True}, 400,
     "echo is not supported, leave it out: put the prompt before the text yourself"),
    (V1, {"prompt": "a", "logprobs": 3}, 400,
     "logprobs is not supported, leave it out: a diffusion model has none per token"),
    (V1, {"prompt": "a", "logit_bias": {"1": 5}}, 400,
     "logit_bias is not supported, leave it out: tokens are not drawn one by one"),
    (V1, {"prompt": "a", "deadline_ms": "x"}, 400, "… must be a number"),
    (V1, {"prompt": "a", "stream_options": 1}, 400, "… must be an object"),
    (V1, b'{"prompt": "\\ud800"}', 400, "… has half of a surrogate pair: send whole characters"),
    (FIM, {"prompt": "a", "min_tokens": 5}, 400,
     "min_tokens is not supported, leave it out: the model says where the middle ends"),
    (LLAMA, {"input_prefix": "a", "input_extra": 5}, 400, "… must be a list of objects"),
    (LLAMA, {"input_prefix": "a", "input_extra": [{"filename": "a\nb", "text": ""}]}, 400,
     "input_extra.filename must be one line"),
    (LLAMA, {"input_prefix": "a", "response_fields": ["x"] * 99}, 400,
     "response_fields must be at most … texts of … characters"),
    ("/v1/chat/completions", {}, 404,
     "nothing is asked at this path: completions are at /v1/completions, /v1/fim/completions and "
     "/infill, and there is no chat here"),
]  # fmt: skip
HOLE = {"type": "Hole", "slots": 4}
WIRE = [
    (b"\xc1\xc1", "not msgpack, as it must be: …"),
    (msgpack.packb([1]), "expected map, got … @ $"),
    (msgpack.packb({"type": "Cancel", "id": "5"}), "expected …, got …"),
    (msgpack.packb({"type": "Explode", "id": 5}), "unknown type …, expected one of …"),
    (changed(canvas=[]), "canvas has no hole: give one"),
    (changed(trace="a b"), "trace must be at most 64 letters, digits and signs of -_."),
    (changed(canvas=[HOLE]),
     "the autoregressive path draws nothing: give one seed"),
    (changed(canvas=[HOLE], path="auto"),
     "drafts compete with one text: give one seed"),
    (changed(drafts=[], path="auto", canvas=[{"type": "Hole", "slots": 4}], seeds=2),
     "several seeds are not scored: give one seed"),
    (changed(seeds=1, drafts=[], path="auto"),
     "one hole of at most … slots is scored: send just that"),
    (changed(task="poem"), "… must be … or …"),
    ("text", "text frame: send msgpack in binary frames"),
]  # fmt: skip
START, END = {"line": 0, "character": 0}, {"line": 0, "character": 2}
LINE, BACKWARDS = {"start": START, "end": END}, {"start": END, "end": START}
WITHIN = {"start": {"line": 0, "character": 1}, "end": END}
OPENING = {**LINE, "shape": "line", "lead": "", "trail": ""}
DATA = {
    "uri": URI, "version": 1, "revision": 1, "action": "fill", "title": "x", "instruction": "",
    "openings": [OPENING],
}  # fmt: skip
PLACE = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 0}}
RPC = [
    ("textDocument/inlineCompletion", completion_params("file:///none", 0, 0),
     "… is not open: send textDocument/didOpen first"),
    ("textDocument/inlineCompletion", completion_params(URI, 9, 0),
     "no line … in a document of … lines: they count from 0"),
    ("diffgem/document", {}, "textDocument.uri must be a text"),
    ("diffgem/document", {"textDocument": {"uri": "file:///none"}},
     "… is not open: send textDocument/didOpen first"),
    ("diffgem/infillHoles", {"textDocument": {"uri": URI, "version": 1}, "positions": []},
     "positions should be a list of 1 to …"),
    ("diffgem/infillHoles",
     {"textDocument": {"uri": URI, "version": 1}, "positions": [PLACE["position"]], "together": 5},
     "together should be true or false"),
    ("workspace/executeCommand", {"command": "diffgem.explain", "arguments": [5]},
     "diffgem.explain takes [uri, {line, character}]"),
    ("diffgem/infillHoles", {"textDocument": {"uri": URI}, "ranges": [LINE, WITHIN]},
     "ranges must not overlap"),
    ("diffgem/infillHoles", {"textDocument": {"uri": URI}, "ranges": [BACKWARDS]},
     "a range ends before it starts"),
    ("workspace/executeCommand", {"command": "diffgem.rewrite", "arguments": [URI]},
     "the arguments must be a document's URI, a range and an instruction"),
    ("workspace/executeCommand", {"command": "diffgem.rewrite", "arguments": [URI, LINE, " "]},
     "the instruction is empty: say what is to become of the code"),
    ("codeAction/resolve", {"title": "x", "data": {**DATA, "openings": []}},
     "openings should be a list of 1 to …"),
    ("codeAction/resolve", {"title": "x", "data": {**DATA, "openings": [OPENING, OPENING]}},
     "openings must be in order, and none within another"),
    ("codeAction/resolve", {"title": "x", "data": {**DATA, "action": "dance"}},
     "… should be one of …"),
    ("codeAction/resolve", {"title": "x", "data": {**DATA, "title": 5}},
     "… should be a text of at most … characters"),
    ("codeAction/resolve", {"title": "x", "data": {**DATA, "revision": "one"}},
     "… should be a whole number"),
    ("codeAction/resolve", {"title": "x", "data": {**DATA, "version": 7}},
     "the document has changed since: ask again"),
    ("codeAction/resolve", {"title": "x", "data": 5},
     "data should be what this server gave with the action"),
    ("initialize", {"capabilities": {}}, "the server is initialized already"),
]  # fmt: skip
KIND = "Invalid Params: "  # what the protocol calls the code, not ours


def assert_is(message, listed):
    """The listed message it is, whole."""
    assert re.fullmatch(message_lists.Listed(listed, "").pattern, message), message


@pytest.mark.parametrize(("path", "body", "status", "message"), HTTP)
async def test_what_http_is_told(engine, path, body, status, message):
    async with http(engine.path) as client:
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        reply = await client.post(path, **content)
    assert reply.status_code == status
    assert_is(reply.json()["error"]["message"], message)


async def test_web_pages_are_told_to_stay_away(engine):
    async with http(engine.path, headers={"Origin": "http://evil.example"}) as client:
        reply = await client.post(V1, json={"prompt": "a"})
    assert reply.status_code == 403
    assert_is(reply.json()["error"]["message"], "web pages may not ask the engine: remove Origin")


async def test_who_asks_for_a_model_that_is_not_there(engine):
    async with http(engine.path) as client:
        reply = await client.get("/v1/models/other")
    assert reply.status_code == 404
    assert_is(reply.json()["error"]["message"], "there is no model … here: ask for …")


@pytest.mark.parametrize(("frame", "message"), WIRE)
async def test_what_the_wire_says(engine, frame, message):
    async with greeted_client(engine.path) as client:
        await client.send(frame)
        assert_is((await hear(client)).message, message)


async def test_what_is_too_large_is_told_how_large_it_may_be(engine):
    """On the wire the client finds it out by itself, over HTTP the engine says it."""
    async with http(engine.path) as client:
        reply = await client.post(V1, content=b"x" * (MAX_FRAME + 1))
    assert reply.status_code == 413
    assert_is(reply.json()["error"]["message"], "the body is too large: send … bytes at most")
    async with greeted_client(engine.path) as client:
        await client.send(b"x" * (MAX_FRAME + 1))
        assert_is((await hear(client)).message, "frame of … bytes: send at most …")


async def test_a_client_of_another_version_is_told_which_to_upgrade(engine):
    async with raw_client(engine.path) as client:
        await say(client, Hello(PROTOCOL_VERSION + 1, "test"))
        assert_is(
            (await hear(client)).message,
            "this engine speaks protocol …, the client …: upgrade the … from a newer clone or "
            "wheel, then restart it",
        )


def test_what_is_no_json_rpc_is_told_what_it_must_be():
    client = Client()
    client.initialize()
    [reply] = client.send({"id": 1, "method": "shutdown"})
    assert_is(reply["error"]["message"].removeprefix(KIND), "jsonrpc must be …")
    [reply] = client.send({"jsonrpc": "2.0", "id": [], "method": "shutdown"})
    assert_is(reply["error"]["message"], "an id must be a whole number or a text")


@pytest.mark.parametrize(("method", "params", "message"), RPC)
async def test_what_the_language_server_says(engine, method, params, message):
    async with edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path))
        editor.open(URI, "ab\n", "python")
        with pytest.raises(Refused) as refused:
            await editor.ask(method, **params)
    assert_is(str(refused.value).removeprefix(KIND), message)
