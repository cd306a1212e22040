"""What upstreams do wrong, on real sockets: bounded, retried only where nothing was generated,
rested, and told in words.
"""

import asyncio
import contextlib
import logging

import psutil
import pytest
from asking_upstreams import GOOD, HASTY, answered, backend_of, event, refused
from fakes import ask
from upstreams import raw, reply, served, unused_port
from vllm_contract import Contract

from diffgem_engine.backends import RequestError
from diffgem_engine.backends.openai.address import AddressError, checked_url, read_key
from diffgem_engine.backends.openai.server import Patience, Server
from diffgem_engine.backends.openai.together import together
from diffgem_engine.backends.vllm.backend import VllmBackend

STREAM = {"status": "200 OK", "kind": "text/event-stream", "length": 1 << 40}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"\x00\xff garbage\r\n\r\n", "closed the connection without an answer"),
        (reply(b"data: not json\n\n", kind="text/event-stream"), "no JSON"),
        (reply(b"data: [1]\n\n", kind="text/event-stream"), "no object"),
        (reply(b'data: {"choices": 7}\n\n', kind="text/event-stream"), "no chat completion"),
        (reply(b'data: {"error": "CUDA"}\n\n', kind="text/event-stream"), "CUDA"),
        (reply(event("half"), kind="text/event-stream"), "broke off in the middle of a stream"),
        (reply(event("half"), **{**STREAM, "length": 999}), "broke off in the middle"),
        (reply(b"data: " + b"9" * (2 << 20), kind="text/event-stream"), "an event of more than"),
        (reply(b'{"detail": "no"}', status="500 Oh"), "answers HTTP 500"),
        (reply(b'{"error": {"message": "too long"}}', status="400 Bad"), "400): too long"),
        (reply(b"<html>", status="401 Who"), "--upstream-key-file"),
    ],
)
async def test_what_nobody_can_use_is_told_in_words_and_asked_once(said, words):
    async with raw(said) as (url, upstream), backend_of(url) as backend:
        message = await refused(backend)
        assert words in message
        assert url in message
        assert "engine's operator" in message
        again = b"garbage" in said  # no answer began: that alone is asked again
        assert upstream.asked == (3 if again else 1)


async def test_silent_stream_is_given_up():
    async def silent(_scope, _receive, send):
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await asyncio.Event().wait()

    contract = Contract(owner="acme")

    async def app(scope, receive, send):
        chat = scope["path"] == "/v1/chat/completions"
        await (silent if chat else contract.app)(scope, receive, send)

    async with served(app) as url, backend_of(url, patience=HASTY) as backend:
        assert "said nothing for 0.2 s" in await refused(backend)


@pytest.mark.parametrize(
    ("endless", "pause_s", "patience", "words"),
    [
        (b": still here\n\n", 0.02, HASTY, "an end within 0.6 s"),
        (event(""), 0.02, HASTY, "an end within 0.6 s"),
        (b": still here\n\n" * 9999, 0.0, Patience(), "more than 8 MiB"),
    ],
)
async def test_stream_that_never_ends_is_bounded(endless, pause_s, patience, words):
    """In seconds where it drips and in bytes where it floods; and its connection is closed."""
    begin = reply(b"", **STREAM)
    async with (
        raw(begin, endless=endless, pause_s=pause_s) as (url, upstream),
        backend_of(url, patience=patience) as backend,
    ):
        assert words in await refused(backend)
        await upstream.gone.wait()


async def test_first_failure_ends_the_calls_beside_it():
    """Or the other lengths of a hole are denoised for nobody."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def long():
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fail():
        await begun.wait()
        raise AddressError("no")

    async with asyncio.timeout(10):
        with pytest.raises(AddressError):
            await together([long(), fail()])
    assert ended.is_set()


async def test_text_that_never_ends_is_cut():
    """The server was told how many tokens; what it writes beyond them is not read."""
    async with (
        raw(reply(b"", **STREAM), endless=event("word ")) as (url, upstream),
        backend_of(url) as backend,
    ):
        result = await backend.infill(ask(1, slots=4), None)
        assert 0 < len(result.candidates[0].texts[0]) < 4000
        await upstream.gone.wait()


@pytest.mark.parametrize("status", ["502 Gone", "503 Busy", "429 Slow"])
async def test_nothing_was_generated_so_it_is_asked_again(status):
    turned_away = reply(b"{}", status=status)
    async with raw(turned_away, GOOD) as (url, upstream), backend_of(url) as backend:
        result = await backend.infill(ask(1), None)
        assert result.candidates[0].texts == ("fine",)
        assert upstream.asked == 2


async def test_busy_says_when_to_come_back():
    """And is not taken for broken: it is asked the next time."""
    busy = reply(b"{}", status="429 Slow", headers="retry-after: 7\r\n")
    async with raw(busy, GOOD) as (url, _), backend_of(url) as backend:
        with pytest.raises(
            RequestError, match=r"is busy \(HTTP 429\).*give the engine another"
        ) as caught:
            await backend.infill(ask(1), None)
        assert (caught.value.code, caught.value.retry_after_s) == ("overloaded", 7.0)
        assert (await backend.infill(ask(2), None)).candidates[0].texts == ("fine",)


async def test_another_upstream_takes_over():
    dead = f"http://127.0.0.1:{unused_port()}"
    async with served(Contract(answer="here").app) as url, backend_of(dead, url) as backend:
        for number in range(12):  # documents of either home
            request = ask(number, f"document {number}")
            assert (await backend.infill(request, None)).candidates[0].texts == ("here",)


async def test_breaker_rests_a_dead_upstream_and_finds_it_again(caplog):
    """It is told once, requests are refused at once, and nobody has to restart the engine."""
    port = unused_port()
    async with backend_of(f"http://127.0.0.1:{port}") as backend:
        with caplog.at_level(logging.INFO, "diffgem_engine"):
            await refused(backend)
            message = await refused(backend)
            assert "no upstream answers" in message
            async with served(Contract().app, port):
                result = await answered(backend)
    assert result.candidates[0].texts == ("pass",)
    told = [record.message for record in caplog.records]
    assert sum("cannot be reached (Connection refused)" in line for line in told) == 1
    assert sum("is back" in line for line in told) == 1


async def test_document_stays_where_its_prefix_is_cached():
    """Typing goes to one upstream; many documents to all."""
    every = [Contract() for _ in range(3)]
    async with contextlib.AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(served(each.app)) for each in every]
        backend = await stack.enter_async_context(backend_of(*urls))
        head = "import sys\n" * 30
        for length in range(8):
            await backend.infill(ask(length, head + "x" * length), None)
        homes = [each for each in every if taken(each)]
        assert len(homes) == 1
        for number in range(15):
            await backend.infill(ask(number, f"# {number}\n" + head), None)
        assert all(taken(each) for each in every)


def taken(contract):
    bodies = contract.asked("/v1/completions")
    return [b for b in bodies if b["vllm_xargs"]["diffusion_max_steps"] > 1]


async def test_home_that_is_full_is_passed_by():
    """A cached prefix is not worth a queue."""
    every = [Contract(), Contract()]
    for each in every:
        each.hang = True
    async with contextlib.AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(served(each.app)) for each in every]
        backend = await stack.enter_async_context(backend_of(*urls, patience=Patience()))
        await backend_ready(backend, every)
        asking = [asyncio.create_task(backend.infill(ask(n, "same"), None)) for n in range(12)]
        for each in every:
            await each.hanging.wait()
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def backend_ready(backend, contracts):
    for each in contracts:
        each.hang = False
    await backend.survey()
    for each in contracts:
        each.hang = True


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host",
        "host:8000",
        "http://",
        "http://u:p@host",
        "http://host?a=b",
        "http://[::",
        "http://host:99999",
        "http://host:0",
    ],
)
def test_address_that_is_none_is_refused(url):
    with pytest.raises(AddressError):
        checked_url(url)


def test_address_may_end_as_openai_clients_have_it():
    assert checked_url("http://host:8000/v1/") == "http://host:8000"


@pytest.mark.parametrize("text", ["", "two words", "two\nlines", "schlüssel"])
def test_key_that_is_none_is_refused(tmp_path, text):
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AddressError, match="--upstream-key-file"):
        read_key(path)


def test_key_that_others_can_read_is_refused(tmp_path):
    """A token's file was, and a certificate's key; this one was not."""
    path = tmp_path / "key"
    path.write_text("secret")
    path.chmod(0o644)
    with pytest.raises(AddressError, match=f"chmod 600 {path}"):
        read_key(path)
    path.chmod(0o600)
    assert read_key(path) == "secret"


async def test_what_a_request_is_refused_for_says_nothing_of_the_server():
    """Each such request had the server looked at anew."""
    refusal = reply(b'{"error": {"message": "too long"}}', status="400 Bad")
    async with raw(refusal) as (url, upstream), backend_of(url) as backend:
        for _ in range(3):
            await refused(backend)
        assert upstream.heard - upstream.asked == 1


async def test_key_goes_with_every_request():
    seen = []
    contract = Contract()

    async def app(scope, receive, send):
        seen.append(dict(scope["headers"]).get(b"authorization"))
        await contract.app(scope, receive, send)

    async with served(app) as url:
        backend = VllmBackend([Server(url, key="a-key")])
        await backend.infill(ask(1), None)
        await backend.close()
    assert set(seen) == {b"Bearer a-key"}


async def test_cancelled_calls_leave_no_connection_behind():
    """Each key cancels the request of the one before: an engine ran out of files in an hour."""
    contract = Contract()
    async with served(contract.app) as url, backend_of(url, patience=Patience()) as backend:
        await backend.infill(ask(0), None)
        for number in range(60):
            asking = asyncio.create_task(backend.infill(ask(number, "x = 1\n" * 99), None))
            await asyncio.wait({asking}, timeout=number / 4000)  # at every point of its way
            asking.cancel()
            await asyncio.wait({asking})
        await backend.infill(ask(99), None)
        assert len(connections_to(url)) <= 8  # of three canvases, and those that close just now


def connections_to(url):
    found = psutil.Process().net_connections("tcp")
    return [each for each in found if each.raddr and str(each.raddr.port) == url.rpartition(":")[2]]
