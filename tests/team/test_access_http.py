"""Wrong tokens over HTTP, and what the user reads whose own is not enough."""

import asyncio
import itertools
import logging
import ssl

import httpx
import pytest
from certificates import write_certificate
from editor import edited_here
from entrances import give, guarded

from diffgem_engine.access.guesses import MOST
from diffgem_lsp.features.status import CHANGED

ROUTES = (
    *(("POST", "/v1/completions"), ("POST", "/v1/fim/completions"), ("POST", "/infill")),
    *(("GET", "/v1/models"), ("GET", "/props"), ("GET", "/metrics"), ("GET", "/v1/models/x")),
)
ASKED = {"prompt": "def f(", "max_tokens": 4}


def wrong(number):
    """Unknown ones, some of which are no token at all."""
    odd = (
        f"Bearer dg_{number:043d}",
        f"Bearer {number}",
        "Bearer",
        f"Basic {number}",
        "bearer \xe9",
    )
    return {"Authorization": odd[number % len(odd)].encode("latin-1")}


@pytest.fixture
async def over_tcp(tmp_path):
    async with guarded(tmp_path, "tcp") as engine:
        url = f"http://127.0.0.1:{engine.endpoint.port}"
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            yield engine, http


async def test_a_thousand_wrong_tokens_over_http(over_tcp, caplog):
    """On every route; the right one, from the same address, is let in all the while."""
    engine, http = over_tcp
    caplog.set_level(logging.INFO)
    right = {"Authorization": f"Bearer {give(engine.store, rights=('infill', 'metrics'))}"}
    statuses = []
    for number, (method, path) in zip(range(1_000), itertools.cycle(ROUTES), strict=False):
        body = ASKED if method == "POST" else None
        answer = await http.request(method, path, json=body, headers=wrong(number))
        statuses.append(answer.status_code)
        if number % 100 == 0:
            assert (await http.post("/infill", json=ASKED, headers=right)).status_code == 200
            assert (await http.get("/metrics", headers=right)).status_code == 200
    assert set(statuses) == {401, 429}
    assert statuses.count(401) == MOST
    said = [each.getMessage() for each in caplog.records if each.name.startswith("diffgem_engine")]
    assert len([line for line in said if "good token" in line]) == 1
    assert len(said) <= 20
    assert "dg_" not in "".join(said)


@pytest.mark.parametrize("rights", ["infill", "metrics"])
async def test_a_token_opens_what_it_has_the_right_to(over_tcp, rights):
    engine, http = over_tcp
    headers = {"Authorization": f"Bearer {give(engine.store, 'anna', rights=(rights,))}"}
    filled = await http.post("/v1/completions", json=ASKED, headers=headers)
    figures = await http.get("/metrics", headers=headers)
    assert [filled.status_code, figures.status_code] == (
        [200, 403] if rights == "infill" else [403, 200]
    )
    refused = figures if rights == "infill" else filled
    assert "the token of anna is not for" in refused.text


async def failure(editor):
    """What the status says, once it has failed for good."""
    async with asyncio.timeout(20):
        while True:
            message = await editor.told.get()
            if message["method"] == CHANGED and message["params"]["state"] == "failed":
                return message["params"]["message"]


async def test_a_token_without_the_right_is_told_in_the_status(over_tcp):
    """By a whole language server."""
    engine, _ = over_tcp
    file = engine.token_file(give(engine.store, "anna", rights=("metrics",)))
    async with edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.endpoint), engineTokenFile=str(file))
        assert "the token of anna is not for infill" in await failure(editor)


async def test_an_expired_certificate_is_told_in_the_status(tmp_path):
    """An engine of ours does not start with one, but it may end while it is served."""
    made = write_certificate(tmp_path, begins=-9, ends=-1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    server = await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", 0, ssl=context)
    async with server, edited_here() as (editor, _):
        endpoint = f"tls://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await editor.initialize(engineSocket=endpoint, engineCertificate=str(made.chain))
        assert "has expired: ask who runs it to renew it" in await failure(editor)
