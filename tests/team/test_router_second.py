"""A second model over HTTP: our own facade, and servers that misbehave."""

import asyncio
import contextlib
from types import SimpleNamespace

import pytest
from fakes import FakeBackend

from diffgem_engine.backends import RequestError
from diffgem_engine.endpoint import TcpEndpoint
from diffgem_engine.router import options
from diffgem_engine.router.errors import SecondError
from diffgem_engine.router.second import SecondModel, read_key
from diffgem_engine.server import EngineServer
from diffgem_engine.sockets import claimed

ASK = ("a = ", "\n", 40, ())


@contextlib.asynccontextmanager
async def tcp_engine():
    with claimed(TcpEndpoint("127.0.0.1", 0)) as claim:
        backend = FakeBackend()
        server = EngineServer(backend, claim)
        running = asyncio.create_task(server.run())
        await server.ready.wait()
        yield backend, f"http://127.0.0.1:{claim.endpoint.port}/v1"
        server.stop()
        server.stop()
        await running


@contextlib.asynccontextmanager
async def saying(answer):
    """A server that says the same to all."""

    async def serve(reader, writer):
        with contextlib.suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@contextlib.asynccontextmanager
async def model_at(url):
    model = SecondModel(url, "any")
    try:
        yield model
    finally:
        await model.close()


async def test_no_probabilities_are_no_failure():
    """Ours refuses logprobs, as others do: it is asked again without."""
    async with tcp_engine() as (_, url), model_at(url) as model:
        answer = await model.complete(*ASK, deadline_s=None, trace="t")
    assert (answer.text, answer.confidence) == ("A = ", 0.0)


async def test_probabilities_are_the_confidence():
    """It was made up."""
    body = b'{"choices": [{"text": "x", "logprobs": {"token_logprobs": [null, -1.0, -3.0]}}]}'
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with saying(head + body) as url, model_at(url) as model:
        answer = await model.complete(*ASK, deadline_s=None, trace="")
    assert (answer.text, answer.confidence) == ("x", pytest.approx(0.1353, abs=1e-4))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n" + b'{"choices": []}',
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b" " * 2_000_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n" + b"[" * 30_000,
    ],
)
async def test_whatever_is_wrong_over_there_is_unavailable(answer):
    """A reply that was none ended as an internal error of ours."""
    async with saying(answer) as url, model_at(url) as model:
        with pytest.raises(RequestError, match="does not answer") as caught:
            await model.complete(*ASK, deadline_s=None, trace="")
    assert caught.value.code == "unavailable"


async def test_it_has_until_the_deadline_and_its_work_ends_then():
    """A server that never ends held the request for a minute."""
    async with tcp_engine() as (backend, url), model_at(url) as model:
        with pytest.raises(RequestError, match="does not answer"):
            await model.complete("hang", "", 40, (), deadline_s=0.2, trace="")
        async with asyncio.timeout(10):
            await backend.cancelled.get()


@pytest.mark.parametrize("url", ["ftp://x", "http://", "x", "http://a:b@host", ""])
def test_an_address_that_is_none_is_refused_at_the_start(url):
    """It was found out at the first request."""
    with pytest.raises(SecondError, match="--second-url"):
        SecondModel(url, "any")


def test_a_key_is_one_line(tmp_path):
    """A second line was sent as a header of its own."""
    file = tmp_path / "key"
    for wrong in ("", "a\nb", "a b"):
        file.write_text(wrong)
        with pytest.raises(SecondError, match="one line"):
            read_key(file)
    file.write_text("k-1\n")
    assert read_key(file) == "k-1"
    with pytest.raises(SecondError, match="cannot be read"):
        read_key(tmp_path / "none")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"second_url": "http://h", "second_model": "m"}, "--route auto"),
        ({"route": "auto", "second_url": "http://h"}, "go together"),
        ({"route": "auto", "second_key_file": "k"}, "needs --second-url"),
    ],
)
def test_options_that_do_not_fit_are_refused(fields, said):
    """A second model that nobody asks looked as if it were in use."""
    given = {"route": "asked", "second_url": None, "second_model": None, "second_key_file": None}
    with pytest.raises(SecondError, match=said):
        options.second_of(SimpleNamespace(**given | fields))


def test_nothing_is_routed_unless_that_is_asked_for():
    """The default changed what came back."""
    backend = FakeBackend()
    assert options.routed(SimpleNamespace(route="asked"), backend, None) is backend
