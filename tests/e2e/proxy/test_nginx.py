"""The configuration in deploy/nginx, by a real nginx before an engine on loopback with tokens."""

import asyncio

import httpx
import pytest
from entrances import give, guarded
from fakes import FakeBackend

from diffgem_engine import wire
from diffgem_engine.access import guesses
from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.protocol import Hole, Progress
from diffgem_lsp.engine.access import Access
from diffgem_lsp.engine.client import EngineClient
from diffgem_lsp.engine.errors import EngineError, EngineUnavailable
from diffgem_lsp.engine.timing import Timing

pytestmark = pytest.mark.editor

CANVAS = (Hole(4),)
PATIENCE_S = 30
WRONG = "dg_" + "w" * 43


class InPieces(FakeBackend):
    """Tells a piece, and the rest once it is released."""

    async def infill(self, request, on_progress):
        on_progress(Progress(request.id, 1, ("", ""), "a", committed="ONE\n"))
        await self.release.wait()
        return await super().infill(request, None)


@pytest.fixture
async def both(tmp_path, nginx):
    """An engine, and the proxy before it."""
    async with guarded(tmp_path, "tcp") as engine, nginx(engine.endpoint.port) as proxy:
        yield engine, proxy


def through(engine, proxy, token, **fields):
    access = Access(engine.token_file(token), proxy.certificate)
    timing = Timing(attempts=1)
    return EngineClient(parse_endpoint(proxy.endpoint), access=access, timing=timing, **fields)


def browser(proxy, token=None, address="127.0.0.1", **options):
    """Over HTTP, from an address of this machine."""
    carrier = httpx.AsyncHTTPTransport(
        verify=Access(None, proxy.certificate).context(), local_address=address
    )
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    base = proxy.endpoint.replace("tls", "https")
    return httpx.AsyncClient(
        transport=carrier, base_url=base, headers=headers, timeout=PATIENCE_S, **options
    )


async def fills(client):
    async with asyncio.timeout(PATIENCE_S):
        return (await client.infill("fine", "", CANVAS)).candidates[0].texts[0]


async def test_editors_and_http_come_through(both):
    """The websocket's upgrade, and the token of each, which no log of the proxy's has."""
    engine, proxy = both
    token = give(engine.store)
    client = through(engine, proxy, token)
    assert await fills(client) == "FINE"
    await client.close()
    async with browser(proxy, token) as http:
        answer = await http.post("/infill", json={"input_prefix": "fine", "input_suffix": ""})
        assert answer.json()["content"] == "FINE"
        assert (await http.get("/ready")).json()["ready"] is True
    assert token not in proxy.logs
    assert "POST /infill" in proxy.logs


async def test_a_flood_of_wrong_tokens_locks_nobody_out(both):
    """Behind a proxy everybody has its address; X-Forwarded-For, which anybody may write, is no
    way round the count."""
    engine, proxy = both
    async with browser(proxy, WRONG) as guesser:
        for number in range(guesses.MOST + 5):
            claimed = {"X-Forwarded-For": f"10.0.0.{number}"}
            last = await guesser.get("/v1/models", headers=claimed)
    assert last.status_code == 429
    client = through(engine, proxy, give(engine.store))
    assert await fills(client) == "FINE"
    await client.close()


async def test_who_has_no_token_is_told_the_engines_words(both):
    engine, proxy = both
    client = through(engine, proxy, WRONG)
    with pytest.raises(EngineUnavailable, match="the engine does not know this token"):
        await client.ready()
    await client.close()


@pytest.mark.parametrize("path", ["/metrics", "/%6detrics", "/%2fmetrics"])
async def test_metrics_are_for_this_machine_alone(both, path):
    """With the right token, too: the figures of a team were one leaked token away."""
    engine, proxy = both
    token = give(engine.store, "prometheus", rights=("metrics",))
    async with browser(proxy, token) as here, browser(proxy, token, "127.0.0.2") as elsewhere:
        assert "diffgem_build_info" in (await here.get("/metrics")).text
        assert (await elsewhere.get(path)).status_code == 403
        assert (await elsewhere.get("/health")).status_code == 200


async def test_streams_come_in_pieces(tmp_path, nginx):
    """nginx collects an answer until its buffers are full."""
    backend = InPieces()
    async with (
        guarded(tmp_path, "tcp", backend=backend) as engine,
        nginx(engine.endpoint.port) as proxy,
        browser(proxy, give(engine.store)) as http,
    ):
        body = {"prompt": "ONE\n", "max_tokens": 300, "stream": True}
        async with asyncio.timeout(PATIENCE_S), http.stream(
            "POST", "/v1/completions", json=body
        ) as answer:  # fmt: skip
            lines = answer.aiter_lines()
            first = await anext(lines)
            assert not backend.release.is_set()
            assert '"text": "ONE' in first
            backend.release.set()
            assert [line async for line in lines if line][-1] == "data: [DONE]"


async def test_what_is_too_large_is_refused_as_the_engine_does(both):
    """An engine that closes on who still sends is to nginx one that is away."""
    engine, proxy = both
    async with browser(proxy, give(engine.store)) as http:
        answer = await http.post("/infill", content=b" " * (wire.MAX_FRAME + 1))
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too-large")


async def test_an_engine_that_is_away_is_told_in_words(tmp_path, nginx):
    """The status showed a page of HTML."""
    async with guarded(tmp_path, "tcp") as engine:
        port = engine.endpoint.port
    async with nginx(port) as proxy:
        client = through(engine, proxy, WRONG)
        with pytest.raises(EngineError, match="behind this proxy does not answer: see its log"):
            await client.ready()
        await client.close()
