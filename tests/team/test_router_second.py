"""A second model over HTTP: our own facade, and servers that misbehave."""

import asyncio
import contextlib
from types import SimpleNamespace

import pytest
from fakes import FakeBackend
from upstreams import served, unused_port

from diffgem_engine.backends import RequestError
from diffgem_engine.backends.openai.address import checked_url
from diffgem_engine.backends.openai.server import Patience, Server
from diffgem_engine.endpoint import TcpEndpoint
from diffgem_engine.process.server import EngineServer
from diffgem_engine.process.sockets import claimed
from diffgem_engine.router import options
from diffgem_engine.router.errors import SecondError
from diffgem_engine.router.second import SecondModel

HASTY = Patience(connect_s=1.0, silent_s=5.0, whole_s=10.0)
ASK = ("a = ", "\n", 40)


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
async def saying(answer, port=0):
    """A server that says the same to all."""

    async def serve(reader, writer):
        with contextlib.suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", port) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@contextlib.asynccontextmanager
async def model_at(url):
    model = SecondModel(Server(checked_url(url), patience=HASTY), "any")
    try:
        yield model
    finally:
        await model.close()


async def test_no_probabilities_are_no_failure():
    """Ours refuses logprobs, as others do: it is asked again without."""
    async with tcp_engine() as (_, url), model_at(url) as model:
        answer = await model.complete(*ASK, deadline_s=None, trace="t")
    assert (answer.text, answer.confidence) == ("A = ", 0.0)


def whole(body):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def test_probabilities_are_the_confidence():
    """It was made up."""
    body = b'{"choices": [{"text": "x", "logprobs": {"token_logprobs": [null, -1.0, -3.0]}}]}'
    async with saying(whole(body)) as url, model_at(url) as model:
        answer = await model.complete(*ASK, deadline_s=None, trace="")
    assert (answer.text, answer.confidence) == ("x", pytest.approx(0.1353, abs=1e-4))


ENDLESS_NUMBER = b'{"choices": [{"text": "x", "logprobs": {"token_logprobs": [-1%s]}}]}' % (
    b"0" * 400
)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        whole(ENDLESS_NUMBER),
        whole(b'{"choices": [{"text": "\\ud800"}]}'),
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
        with pytest.raises(RequestError, match=r"the second model at http.*operator") as caught:
            await model.complete(*ASK, deadline_s=None, trace="")
    assert caught.value.code == "unavailable"


async def test_it_has_until_the_deadline_and_its_work_ends_then():
    """A server that never ends held the request for a minute."""
    async with tcp_engine() as (backend, url), model_at(url) as model:
        with pytest.raises(RequestError, match=r"has not answered within 0\.2 s"):
            await model.complete("hang", "", 40, deadline_s=0.2, trace="")
        async with asyncio.timeout(10):
            await backend.cancelled.get()


def chosen(**fields):
    """What the command line's options come to."""
    given = {"route": "auto", "second_url": None, "second_model": None, "second_key_file": None}
    return options.second_of(SimpleNamespace(**given | fields))


@pytest.mark.parametrize("url", ["ftp://x", "http://", "x", "http://a:b@host"])
def test_an_address_that_is_none_is_refused_at_the_start(url):
    """It was found out at the first request."""
    with pytest.raises(SecondError, match="--second-url"):
        chosen(second_url=url, second_model="any")


def test_a_key_is_one_line(tmp_path):
    """A second line was sent as a header of its own."""
    file = tmp_path / "key"
    for wrong, said in ((None, "cannot be read"), ("", "one line"), ("a\nb", "one line")):
        if wrong is not None:
            file.touch(0o600)
            file.write_text(wrong)
        with pytest.raises(SecondError, match=f"--second-key-file .*{said}"):
            chosen(second_url="http://h", second_model="m", second_key_file=file)


async def test_its_key_and_the_request_s_name_go_along(tmp_path):
    """No log over there could be compared with ours."""
    file, heads = tmp_path / "key", []
    file.touch(0o600)
    file.write_text("k-1\n")

    async def app(scope, _receive, send):
        heads.append(dict(scope["headers"]))
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b'{"choices": [{"text": "x"}]}'})

    async with served(app) as url:
        model = chosen(second_url=f"{url}/v1", second_model="any", second_key_file=file)
        await model.complete(*ASK, deadline_s=None, trace="editor-7")
        await model.close()
    assert heads[0][b"authorization"] == b"Bearer k-1"
    assert heads[0][b"x-request-id"] == b"editor-7"


async def test_one_that_is_dead_is_left_alone_until_it_is_back():
    """Every long action waited for it anew: it had no breaker."""
    port = unused_port()
    async with model_at(f"http://127.0.0.1:{port}") as model:
        for words in ("cannot be reached", "no upstream answers"):
            with pytest.raises(RequestError, match=f"{words}.*operator") as caught:
                await model.complete(*ASK, deadline_s=None, trace="")
        assert caught.value.retry_after_s > 0
        body = b'{"choices": [{"text": "back"}]}'
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        async with saying(head + body, port), asyncio.timeout(20):
            assert await answered(model) == "back"


async def answered(model):
    while True:
        try:
            return (await model.complete(*ASK, deadline_s=None, trace="")).text
        except RequestError as error:
            await asyncio.sleep(error.retry_after_s)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"route": "asked", "second_url": "http://h", "second_model": "m"}, "--route auto"),
        ({"second_url": "http://h"}, "go together"),
        ({"second_key_file": "k"}, "needs --second-url"),
    ],
)
def test_options_that_do_not_fit_are_refused(fields, said):
    """A second model that nobody asks looked as if it were in use."""
    with pytest.raises(SecondError, match=said):
        chosen(**fields)


def test_nothing_is_routed_unless_that_is_asked_for():
    """The default changed what came back."""
    backend = FakeBackend()
    assert options.routed(SimpleNamespace(route="asked"), backend, None) is backend
