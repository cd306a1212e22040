"""Upstreams of every bad habit: bounded in time and memory, logged once, rested, told in words;
and who has a good one beside it has answers.
"""

import asyncio
import contextlib
import ssl
import tracemalloc

import pytest
from asking_upstreams import GOOD, backend_of, event, refused, streamed
from bad_upstreams import BAD, NAMES, STREAM
from certificates import write_certificate
from editor import edited_here
from fakes import ask
from running import serving
from upstreams import Raw, raw, reply, say, served
from vllm_contract import Contract

from diffgem_engine import wire
from diffgem_engine.backends import RequestError
from diffgem_engine.backends.openai import pool
from diffgem_engine.backends.openai.server import Patience
from diffgem_engine.backends.vllm import backend as backends

MOST_MEMORY = 48 << 20  # bytes, of what is bounded by 8 MiB


@contextlib.asynccontextmanager
async def bad_one(name):
    bad = BAD[name]
    async with raw(bad.says, endless=bad.endless, pause_s=bad.pause_s) as (url, upstream):
        yield bad, url, upstream


def warnings(caplog, url):
    return [r.getMessage() for r in caplog.records if url in r.getMessage()]


async def asked_until(backend, upstream, count):
    """Its users go on; the words that they hear once it rests."""
    resting = ""
    while upstream.asked < count:
        with pytest.raises(RequestError) as caught:
            await backend.infill(ask(1), None)
        if "no upstream answers" in caught.value.message:
            resting = caught.value.message
            await asyncio.sleep(caught.value.retry_after_s)
    return resting


@pytest.mark.parametrize("name", NAMES)
async def test_it_rests_is_told_in_words_and_logged_once(name, caplog):
    """One that looked well whenever it was looked at filled the log: away, back, away, back."""
    async with (
        bad_one(name) as (bad, url, upstream),
        backend_of(url, patience=bad.patience) as backend,
    ):
        message = await refused(backend)
        for words in (*bad.words, bad.said, url, "the engine's operator"):
            assert words in message
        if name != "says no with no end":  # the request may be to blame: the others go on
            resting = await asked_until(backend, upstream, 4)
            for words in (*bad.words, url, "the engine's operator"):
                assert words in resting
            assert not bad.said or bad.said not in resting
    assert len(warnings(caplog, url)) == 1


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"continues", "drips headers"}))
async def test_good_one_beside_it_answers(name):
    """A key that one server did not take refused every second document for ever."""
    answers = failures = 0
    async with (
        bad_one(name) as (bad, url, _),
        raw(GOOD) as (good, _),
        backend_of(url, good, patience=bad.patience) as backend,
    ):
        for number in range(24):
            try:
                await backend.infill(ask(number, f"document {number}"), None)
                answers += 1
            except RequestError:
                failures += 1
        if name == "says no with no end":
            return
        assert failures <= (0 if bad.elsewhere else 5)
        assert answers + failures == 24


async def test_both_are_named_with_what_to_do_about_each():
    async with (
        bad_one("wrong key") as (_, keyless, _),
        bad_one("HTTP 500") as (_, broken, _),
        backend_of(keyless, broken) as backend,
    ):
        message = ""
        while "no upstream answers" not in message:
            message = await refused(backend)
    for words in (keyless, "--upstream-key-file", broken, "that server's log"):
        assert words in message


@pytest.mark.parametrize("said", [STREAM, reply(b"", length=1 << 40)])
async def test_a_gigabyte_is_not_kept(said):
    async with (
        raw(said, endless=b": still here\n" * 5000) as (url, upstream),
        backend_of(url, patience=Patience()) as backend,
    ):
        await backend.survey()
        tracemalloc.start()
        try:
            assert "answers more than 8 MiB" in await refused(backend)
            assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
        finally:
            tracemalloc.stop()
        await upstream.gone.wait()


async def test_nothing_is_unpacked():
    """400 MB in 400 KB."""
    async with bad_one("compresses") as (_, url, _), backend_of(url) as backend:
        await backend.survey()
        tracemalloc.start()
        try:
            await refused(backend)
            assert tracemalloc.get_traced_memory()[1] < 4 << 20
        finally:
            tracemalloc.stop()


async def test_redirect_takes_neither_text_nor_key_along():
    async with raw(GOOD) as (elsewhere, thief):
        location = f"location: {elsewhere}/v1/chat/completions\r\n"
        redirect = reply(b"", status="308 There", headers=location)
        async with raw(redirect) as (url, _), backend_of(url, key="a-key") as backend:
            assert "not followed" in await refused(backend)
        assert thief.heard == 0


@pytest.mark.parametrize(
    ("made", "trusted", "words"),
    [
        ({}, False, "self-signed"),
        ({"ends": -0.5}, True, "expired"),
        ({"hosts": ("another",)}, True, "not valid for '127.0.0.1'"),
    ],
)
async def test_wrong_certificate_gets_nothing(tmp_path, made, trusted, words):
    async with secure(tmp_path, **made) as (url, upstream, chain):
        authority = ssl.create_default_context(cafile=chain if trusted else None)
        async with backend_of(url, authority=authority) as backend:
            message = await refused(backend)
    assert "has a certificate that is not to be trusted (" in message
    assert words in message
    assert "--upstream-ca" in message
    assert upstream.heard == 0


async def test_right_certificate_is_trusted(tmp_path):
    async with secure(tmp_path) as (url, _, chain):
        authority = ssl.create_default_context(cafile=chain)
        async with backend_of(url, authority=authority) as backend:
            assert (await backend.infill(ask(1), None)).candidates[0].texts == ("fine",)


async def test_server_without_tls_is_named():
    async with served(Contract().app) as url:
        secured = url.replace("http:", "https:")
        async with backend_of(secured) as backend:
            assert "speaks no TLS" in await refused(backend)


@contextlib.asynccontextmanager
async def secure(folder, **made):
    files = write_certificate(folder, **made)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.chain, files.key)
    upstream = Raw(GOOD)
    server = await asyncio.start_server(upstream.answer, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"https://127.0.0.1:{port}", upstream, files.chain
    finally:
        server.close()
        await upstream.end()


@pytest.mark.parametrize("tokens", ["-5", "1e300", "1" + "0" * 400, "true", '"many"', "[]"])
async def test_number_of_tokens_that_cannot_be_is_none(tokens):
    """A negative one broke the metrics, and with them the answer; a huge one could not be sent."""
    usage = f'data: {{"choices": [], "usage": {{"prompt_tokens": {tokens}}}}}\n\n'.encode()
    said = streamed(event("fine", "stop"), usage)
    async with raw(said) as (url, _), backend_of(url) as backend:
        result = await backend.infill(ask(1), None)
    assert (result.candidates[0].texts, result.prompt_tokens) == (("fine",), 0)


async def test_probability_beyond_one_is_one():
    said = streamed(event("fine", "stop", logprobs={"content": [{"logprob": 99999.0}]}))
    async with raw(said) as (url, _), backend_of(url) as backend:
        assert (await backend.infill(ask(1), None)).candidates[0].confidence == 1.0


@pytest.mark.parametrize("length", [10**30, -1, "long", 1.5])
async def test_length_of_a_prompt_that_cannot_be_is_not_told(length):
    """Every editor was told at its Welcome, or rather could not be."""

    async def app(scope, receive, send):
        await say(send, {"data": [{"id": "m", "max_model_len": length}]})

    async with served(app) as url, backend_of(url) as backend:
        await backend.survey()
        assert wire.decode_engine(wire.encode(backend.welcome)).prompt_tokens == 4096


@pytest.mark.parametrize("name", ["", "a\x1b[31m", "m" * 9999, "\ud800"])
async def test_model_whose_name_is_none(name):
    async def app(scope, receive, send):
        await say(send, {"data": [{"id": name}]})

    async with served(app) as url, backend_of(url) as backend:
        assert "what it serves" in await refused(backend)


async def test_one_that_does_not_show_what_it_is_able_to_do(monkeypatch):
    """Each request waited for those before it to have asked in vain."""
    monkeypatch.setattr(pool, "LOOK_S", 0.3)
    begun = []

    async def app(scope, receive, send):
        begun.append(scope["path"])
        await asyncio.Event().wait()

    async with served(app) as url, backend_of(url, patience=Patience()) as backend:
        refusals = await asyncio.gather(*(refused(backend) for _ in range(30)))
    unclear = "does not show within 0.3 s what it is able to do"
    assert all(unclear in message for message in refusals)
    assert begun == ["/v1/models"]


async def test_slow_in_every_part_is_slow_in_whole():
    """Text to ids, a canvas, ids to text: each in time, and all too late."""
    contract = Contract()

    async def app(scope, receive, send):
        if scope["path"] != "/v1/models" and contract.slow:
            await asyncio.sleep(0.35)
        await contract.app(scope, receive, send)

    contract.slow = False
    patience = Patience(silent_s=0.5, whole_s=0.6)
    async with served(app) as url, backend_of(url, patience=patience) as backend:
        await backend.survey()
        contract.slow = True
        assert "an end within 0.6 s" in await refused(backend)


async def test_past_its_deadline_a_silent_upstream_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(backends, "LATE_S", 0.2)
    contract = Contract()
    contract.hang = False
    async with served(contract.app) as url, backend_of(url, patience=Patience()) as backend:
        await backend.survey()
        contract.hang = True
        with pytest.raises(RequestError, match="past the request's deadline") as caught:
            await backend.infill(ask(1, deadline_ms=1.0), None)
        assert caught.value.code == "overloaded"
        await contract.closed.wait()


@pytest.mark.parametrize("name", ["wrong key", "drips", "leads elsewhere"])
async def test_editor_says_what_to_do(name):
    """The status of who types, through the whole engine."""
    async with (
        bad_one(name) as (bad, url, _),
        backend_of(url, patience=bad.patience) as backend,
        serving(backend=backend) as engine,
        edited_here() as (editor, _),
    ):
        await editor.initialize(engineSocket=str(engine.path))
        editor.open("file:///a.txt", "one two")
        assert (await editor.complete("file:///a.txt", 0, 7))["items"] == []
        status = await editor.ask("diffgem/status")
    for words in (*bad.words, url, "the engine's operator"):
        assert words in status["reason"]
