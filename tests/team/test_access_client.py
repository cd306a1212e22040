"""The editor's side: what it comes with, and what it says when it is not let in."""

import asyncio
import contextlib
import logging
import socket
import ssl

import httpx
import pytest
from certificates import write_certificate
from entrances import give, guarded
from websockets.asyncio.server import serve
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from diffgem_engine.endpoint import TcpEndpoint, TlsEndpoint, UnixEndpoint
from diffgem_engine.protocol import Hole
from diffgem_lsp import __main__ as command_line
from diffgem_lsp.engine import reaching, refusals
from diffgem_lsp.engine.access import Access
from diffgem_lsp.engine.client import EngineClient, EngineState
from diffgem_lsp.engine.errors import EngineLost, EngineUnavailable
from diffgem_lsp.engine.process import Launcher
from diffgem_lsp.engine.timing import Timing

CANVAS = (Hole(4),)


@pytest.fixture
async def engine(tmp_path):
    async with guarded(tmp_path) as engine:
        yield engine


async def fills(client):
    try:
        async with asyncio.timeout(20):
            return (await client.infill("fine", "", CANVAS)).candidates[0].texts[0]
    finally:
        await client.close()


async def complaint(client):
    """What the user reads, once the client has given up for good."""
    try:
        async with asyncio.timeout(30):
            with pytest.raises(EngineUnavailable) as caught:
                await client.ready()
        assert client.state is EngineState.FAILED
        return str(caught.value)
    finally:
        await client.close()


async def test_with_a_token_and_its_certificate_it_fills(engine):
    """The main path of a team: the engine on one machine, the editor on another."""
    assert await fills(engine.client(give(engine.store))) == "FINE"


async def test_the_token_may_come_by_the_environment(engine, monkeypatch):
    monkeypatch.setenv("DIFFGEM_TOKEN", give(engine.store))
    assert await fills(engine.client()) == "FINE"


async def test_a_wrong_token_is_said_once_and_not_tried_again(engine, caplog):
    """Each editor asked again every eight seconds, all night."""
    wrong = "dg_" + "w" * 43
    clock = Timing(attempts=7, first=0.01)
    message = await complaint(engine.client(wrong, timing=clock))
    assert "does not know this token" in message
    assert "engineTokenFile" in message
    said = [record for record in caplog.records if "no engine" in record.msg]
    assert len(said) == 1
    # nor is it an error of the engine's, whose log anybody could have filled
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]
    assert wrong not in caplog.text


async def test_no_token_at_all_says_where_to_put_one(engine):
    message = await complaint(engine.client())
    assert "this engine wants a token" in message
    assert "put it into a file of yours, and name that by engineTokenFile" in message


async def test_an_expired_token_says_so(engine):
    assert "this token has expired" in await complaint(
        engine.client(give(engine.store, expires=1_000.0))
    )


async def test_a_token_for_something_else_says_so(engine):
    message = await complaint(engine.client(give(engine.store, rights=("metrics",))))
    assert "is not for infill" in message


async def test_an_issuer_that_nobody_knows(engine):
    message = await complaint(engine.client("dg_x", certificate=None))
    assert "is of an issuer that this machine does not trust" in message
    assert "engineCertificate" in message


async def test_a_certificate_for_another_name(tmp_path):
    async with guarded(tmp_path, hosts=("gpu.example",)) as engine:
        message = await complaint(engine.client("dg_x"))
    assert "is not for 127.0.0.1: name the engine as its certificate does" in message


@contextlib.asynccontextmanager
async def any_server(tmp_path, **certified):
    """TLS with whatever certificate: an engine of ours would not start with it."""
    made = write_certificate(tmp_path, **certified)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    server = await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield TlsEndpoint("127.0.0.1", port), Access(None, made.chain)


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({"begins": -9, "ends": -1}, "has expired: ask who runs it to renew it"),
        ({"begins": 1}, "is not valid yet: check the clocks"),
    ],
)
async def test_a_certificate_out_of_its_time(tmp_path, times, words):
    async with any_server(tmp_path, **times) as (endpoint, access):
        client = EngineClient(endpoint, access=access, timing=Timing(attempts=1))
        assert f"the certificate of {endpoint} {words}" in await complaint(client)


async def test_plain_words_to_a_port_with_tls(engine):
    plain = TcpEndpoint("127.0.0.1", engine.endpoint.port)
    message = await complaint(engine.client("dg_x", endpoint=plain))
    assert message == f"what listens on {plain} speaks TLS: name it {engine.endpoint}"


async def test_tls_to_a_port_without(tmp_path):
    async with guarded(tmp_path, "tcp") as engine:
        there = TlsEndpoint("127.0.0.1", engine.endpoint.port)
        message = await complaint(engine.client("dg_x", endpoint=there))
    assert f"what listens on {there} speaks no TLS" in message
    assert "--tls-cert" in message


async def test_nobody_listens_says_how_to_start_one():
    client = EngineClient(TlsEndpoint("127.0.0.1", 1), timing=Timing(attempts=1))
    message = await complaint(client)
    assert "no engine listens on tls://127.0.0.1:1: run diffgem-engine serve --port 1" in message
    assert "--tls-cert" in message


async def test_a_host_that_says_nothing_is_not_waited_for(monkeypatch):
    """Without the VPN the status said `starting` for two minutes."""
    monkeypatch.setattr(reaching, "REACH_S", 0.3)
    loop = asyncio.get_running_loop()
    with socket.socket() as silent, contextlib.ExitStack() as queue:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        address = silent.getsockname()
        for _ in range(4):  # its queue is full: the system drops who comes now
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(loop.sock_connect(waiting, address), 0.1)
        client = EngineClient(TlsEndpoint(*address), timing=Timing(attempts=1))
        message = await complaint(client)
    assert message.endswith("does not answer: check the network, and ask who runs it")


def test_a_page_of_a_proxy_is_not_shown_as_words():
    """The status line was a page of HTML."""
    page = Response(502, "Bad Gateway", Headers({"Content-Type": "text/html"}), b"<html>no</html>")
    error = refusals.of_status(TlsEndpoint("gpu", 443), InvalidStatus(page), True)
    assert str(error) == "the engine on tls://gpu:443 takes no connection: HTTP 502 Bad Gateway"
    assert isinstance(error, EngineLost)  # a proxy's engine may come back


async def test_the_token_goes_nowhere_but_to_the_engine(engine, caplog):
    """Into a log at its most talkative, a state, a repr."""
    caplog.set_level(logging.DEBUG)
    token = give(engine.store)
    client = engine.client(token)
    assert await fills(client) == "FINE"
    seen = [record.getMessage() for record in caplog.records if record.name.startswith("diffgem")]
    assert not [line for line in seen if token in line]
    assert token not in repr(vars(client))


async def test_an_engine_started_here_does_not_inherit_the_token(tmp_path, monkeypatch):
    """Every child of the editor's had it in its environment."""
    monkeypatch.setenv("DIFFGEM_TOKEN", "dg_secret")
    (tmp_path / "e").mkdir(mode=0o700)
    mark = tmp_path / "seen"
    launcher = Launcher(
        ("/bin/sh", "-c", f"env > {mark}; exit 3"), tmp_path / "log" / "engine.log", 5
    )
    started = launcher.start(UnixEndpoint(tmp_path / "e" / "s"))
    async with asyncio.timeout(20):
        await started.exited
    assert "PATH=" in mark.read_text()
    assert "dg_secret" not in mark.read_text()


async def test_a_redirect_does_not_carry_the_token_away(tmp_path):
    """Another server than the one that was named got the token."""
    path = tmp_path / "token"
    path.touch(0o600)
    path.write_text("dg_x")
    asked = []

    async def elsewhere(connection):
        asked.append(connection)

    def moved(connection, _request):
        response = connection.respond(302, "")
        response.headers["Location"] = f"ws://127.0.0.1:{other_port}/v1/ws"
        return response

    async with serve(elsewhere, "127.0.0.1", 0) as other, \
            serve(elsewhere, "127.0.0.1", 0, process_request=moved) as server:  # fmt: skip
        other_port = other.sockets[0].getsockname()[1]
        endpoint = TcpEndpoint("127.0.0.1", server.sockets[0].getsockname()[1])
        client = EngineClient(endpoint, access=Access(path), timing=Timing(attempts=1))
        assert "no DiffGem engine on" in await complaint(client)
    assert asked == []


async def doctor(*arguments):
    return await asyncio.to_thread(command_line.main, ["doctor", *map(str, arguments)])


async def test_the_doctor_checks_the_way_to_a_remote_engine(engine, capsys):
    token = give(engine.store)
    file, certificate = engine.token_file(token), engine.certificate.chain
    where = ("--socket", engine.endpoint, "--certificate", certificate)
    await doctor(*where, "--token-file", file)
    shown = capsys.readouterr()
    assert f"ok    engine: version 0, protocol 6, on {engine.endpoint}" in shown.out
    assert token not in shown.out + shown.err
    assert await doctor(*where) == 1
    assert "this engine wants a token" in capsys.readouterr().out


async def test_health_over_tls_asks_for_no_token_and_shows_none(engine):
    context = ssl.create_default_context(cafile=engine.certificate.chain)
    async with httpx.AsyncClient(verify=context, trust_env=False) as http:
        page = await http.get(f"https://127.0.0.1:{engine.endpoint.port}/health")
    assert page.json()["status"] == "ok"


@pytest.mark.parametrize("command", [["doctor"], ["complete", "-:1:1"], ["explain", "-:1:1"]])
def test_no_command_takes_a_token_as_an_argument(command, capsys):
    """Everybody can read a command line; `--token` was taken for the beginning of `--token-file`,
    and what followed it was printed as a file that is not there."""
    with pytest.raises(SystemExit):
        command_line.main([*command, "--token", "dg_x"])
    assert "unrecognized arguments: --token" in capsys.readouterr().err
