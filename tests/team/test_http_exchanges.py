"""How an exchange over HTTP begins and ends, whatever its shape."""

import asyncio
import contextlib
import socket

import pytest
from fakes import FakeBackend
from http_clients import events, http
from running import serving

from diffgem_engine.http import exchange, reading, streaming
from diffgem_engine.protocol import Progress

PATHS = ("/v1/completions", "/v1/fim/completions", "/infill")


def ask(text, **others):
    return {"prompt": text, **others}


async def cancelled(engine):
    async with asyncio.timeout(10):
        return await engine.backend.cancelled.get()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_leaves_takes_its_work_along(engine, path, stream):
    """Every key of llama.vim ends the request before it: each went on to its end."""
    async with http(engine.path) as editor:
        asking = asyncio.create_task(editor.post(path, json=ask("hang", stream=stream)))
        await engine.backend.started.get()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await cancelled(engine)


async def test_a_stream_that_has_begun_is_ended_with_its_client(engine, monkeypatch):
    """Once the head was sent nobody noticed that the client had left."""
    monkeypatch.setattr(streaming, "KEEP_ALIVE_S", 0.001)
    async with http(engine.path) as editor:
        body = ask("hang", stream=True)
        async with editor.stream("POST", "/v1/completions", json=body) as response:
            assert await anext(response.aiter_lines()) == ": still at it"
        await cancelled(engine)


async def test_ids_come_back_and_others_are_made(engine):
    """A log line could not be found by what the editor knew."""
    async with http(engine.path) as editor:
        named = {"X-Request-Id": "editor-7.a"}
        assert (await editor.post("/infill", json={}, headers=named)).headers[
            "x-request-id"
        ] == "editor-7.a"
        for wrong in ("a b", "x" * 65, "§".encode()):
            answer = await editor.post("/infill", json={}, headers={"X-Request-Id": wrong})
            assert reading.TRACE.fullmatch(answer.headers["x-request-id"])
        refused = await editor.post("/infill", content=b"{", headers=named)
        assert (refused.status_code, refused.headers["x-request-id"]) == (400, "editor-7.a")


@pytest.mark.parametrize("path", PATHS)
async def test_a_web_page_is_refused(engine, path):
    """Any page could have had text written by an engine on loopback."""
    async with http(engine.path, headers={"Origin": "https://example.org"}) as page:
        answer = await page.post(path, json=ask("x"))
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
        assert (await page.get("/v1/models")).status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    assert engine.backend.started.empty()


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"", None),
        (b"[]", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
        (b'{"prompt": NaN}', None),
        (b'{"prompt": ' + b"9" * 5000 + b"}", None),
        (b'{"prompt": 7}', "prompt"),
        (b'{"prompt": "\\ud800"}', "prompt"),
        (b'{"prompt": "x", "max_tokens": true, "n_predict": true}', "max_tokens"),
        (b'{"prompt": "x", "max_tokens": -1}', "max_tokens"),
        (b'{"prompt": "x", "seed": 1e30}', "seed"),
        (b'{"prompt": "x", "stream": "yes"}', "stream"),
        (b'{"prompt": "x", "stop": [1]}', "stop"),
        (b'{"prompt": "x", "n": 17}', "n"),
        (b'{"prompt": "x", "n": 2, "stream": true}', "stream"),
        (b'{"prompt": "x", "n": 2, "best_of": 1}', "best_of"),
        (b'{"prompt": "x", "deadline_ms": 1e999}', "deadline_ms"),
    ],
)
async def test_what_is_wrong_is_said(engine, body, param):
    """A body that is no request, or a value out of range, was an internal error."""
    async with http(engine.path) as editor:
        answer = await editor.post("/v1/completions", content=body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert engine.backend.started.empty()


def spoken(path, head, part):
    """What the server says to a body that never ends, until it closes."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(path))
        client.sendall(b"POST /infill HTTP/1.1\r\nHost: e\r\n" + head + b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                client.sendall(part)
        return client.recv(100)


async def test_a_body_that_is_too_large_is_not_read(engine):
    """A body had no limit, whether it said its size or not; then it was read and thrown away."""
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    assert b" 413 " in await asyncio.to_thread(
        spoken, engine.path, b"Transfer-Encoding: chunked", chunk
    )
    length = b"Content-Length: %d" % 10**12
    assert b" 413 " in await asyncio.to_thread(spoken, engine.path, length, b" " * 65536)


async def test_a_body_that_does_not_come_is_not_waited_for(engine, monkeypatch):
    """A client that stopped half way held its place for ever."""
    monkeypatch.setattr(reading.body_of, "__defaults__", (0.01,))
    reader, writer = await asyncio.open_unix_connection(engine.path)
    writer.write(b"POST /infill HTTP/1.1\r\nHost: e\r\nContent-Length: 5\r\n\r\n{")
    async with asyncio.timeout(10):
        said = await reader.readuntil(b"}}")
    writer.close()
    await writer.wait_closed()
    assert b" 408 " in said.splitlines()[0]
    assert b"the body did not come within 0.01 s: send it at once" in said


class Fickle(FakeBackend):
    """Commits to a text, and answers another."""

    async def infill(self, request, on_progress):
        on_progress(Progress(request.id, 1, ("x",), "a", "def "))
        return await super().infill(request, None)


async def test_a_text_that_changed_after_a_part_of_it_was_sent_is_no_text():
    """The editor would have had half of the one, and half of the other."""
    async with serving(backend=Fickle()) as engine, http(engine.path) as editor:
        body = {"prompt": "class", "stream": True}
        piece, end = events((await editor.post("/v1/completions", json=body)).text)
    assert piece["choices"][0]["text"] == "def "
    said = "the text changed after a part of it was sent: ask again"
    assert end["error"]["message"] == said


async def test_an_answer_that_does_not_come_is_not_waited_for(engine, monkeypatch):
    """A request could hold its place for ever."""
    monkeypatch.setattr(exchange, "MOST_S", 0.01)
    async with http(engine.path) as editor:
        answer = await editor.post("/infill", json=ask("hang"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "out-of-time")
    await cancelled(engine)


async def test_draining_lets_what_has_begun_end_and_refuses_the_rest(engine):
    """The server's end cut off requests over HTTP, which it did not count as its own."""
    async with http(engine.path) as editor, http(engine.path) as other:
        await other.get("/health")  # its connection is there before the socket goes
        asking = asyncio.create_task(editor.post("/infill", json=ask("wait")))
        await engine.backend.started.get()
        assert (await other.get("/health")).json()["active_requests"] == 1
        engine.server.stop()
        refused = await other.post("/infill", json=ask("x"))
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "draining")
        engine.backend.release.set()
        assert (await asking).json()["content"] == "WAIT"
    await engine.ended()


async def test_what_is_given_up_is_told(engine):
    """Told to stop twice, the engine closed the connection without a word."""
    async with http(engine.path) as editor:
        asking = asyncio.create_task(editor.post("/infill", json=ask("hang")))
        await engine.backend.started.get()
        engine.server.stop()
        engine.server.stop()
        assert (await asking).json()["error"]["code"] == "draining"
    await engine.ended()


async def test_a_failure_after_the_first_piece_is_in_the_stream(engine, monkeypatch):
    """The stream just ended, and half a text looked like a whole one."""
    monkeypatch.setattr(streaming, "KEEP_ALIVE_S", 0.001)
    async with http(engine.path) as editor:
        body = ask("hang", stream=True)
        async with editor.stream("POST", "/v1/completions", json=body) as response:
            lines = response.aiter_lines()
            await anext(lines)
            engine.server.stop()
            engine.server.stop()
            said = events("\n".join([line async for line in lines]))
    assert said[-1]["error"]["code"] == "draining"
    await engine.ended()
