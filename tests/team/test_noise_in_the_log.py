"""What strangers send is in the log, but not as often as they like."""

import asyncio
import contextlib
import logging

import httpx
import pytest
from entrances import guarded
from pages import http
from test_logs import lines, logged
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from diffgem_engine.logs.seldom import MOST, WINDOW_S, Seldom


async def rubbish(path):
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(b"\x16\x03\x01 what?\r\n\r\n")
    async with asyncio.timeout(20):
        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_a_flood_of_rubbish_is_a_few_lines(engine, tmp_path):
    """One line for each: a port scanner filled the log, and pushed everything else out of it."""
    file = tmp_path / "log"
    with logged(file):
        for _ in range(5 * MOST):
            await rubbish(engine.path)
        async with http(engine.path) as browser:  # whose own requests are all there
            for _ in range(2 * MOST):
                assert (await browser.post("/infill", json={})).status_code == 200
    said = [line["message"] for line in lines(file)]
    assert said.count("Invalid HTTP request received.") == MOST
    await rubbish(engine.path)  # what is logged elsewhere is none of our business


def test_what_was_left_out_is_counted(caplog):
    now = [0.0]
    log = logging.getLogger("diffgem_engine.test.seldom")
    seldom = Seldom(lambda: now[0])
    log.addFilter(seldom)
    for second in range(130):
        now[0] = float(second)
        log.warning("%d was here", second)
        log.warning("another place")
    said = [record.getMessage() for record in caplog.records]
    log.removeFilter(seldom)
    assert said.count("another place") == 3 * MOST - 2
    assert f"{WINDOW_S:.0f} was here (and 50 times before)" in said
    assert "another place (and 50 times before)" in said


async def test_refused_websockets_are_no_errors(tmp_path, caplog):
    """Each wrong token was an error in the log, of a handshake that was not completed."""
    async with guarded(tmp_path, "tcp") as engine:
        url = f"ws://127.0.0.1:{engine.endpoint.port}/v1/ws"
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Origin": "https://evil.example"}):
            with pytest.raises(InvalidStatus) as caught:
                async with connect(url, additional_headers=headers, proxy=None):
                    pass
            assert caught.value.response.status_code in (401, 403)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(
    "accept", ["application/openmetrics-text;version=x", "a;q=x, b;q=\xff", ",;=", "*/*," * 400]
)
async def test_figures_for_whoever_accepts_whatever(engine, accept):
    """A version that is no number was an internal error."""
    transport = httpx.AsyncHTTPTransport(uds=str(engine.path))
    async with httpx.AsyncClient(transport=transport, base_url="http://engine") as client:
        page = await client.get("/metrics", headers={"Accept": accept.encode("latin-1")})
    assert page.status_code == 200
    assert "diffgem_requests" in page.text
