import asyncio
import contextlib
import socket

import pytest
from editor import Editor, answer
from sandbox import FAKE_ENGINE, SERVER, sandbox

from diffgem_lsp.__main__ import main

URI = "file:///a.txt"


@contextlib.asynccontextmanager
async def server(box):
    """The process, and the port that it said."""
    command = (*SERVER, "--tcp", "127.0.0.1:0")
    env = {**box.environment, "DIFFGEM_SOCKET": str(box.socket)}
    process = await asyncio.create_subprocess_exec(
        *command, stderr=asyncio.subprocess.PIPE, env=env, cwd=box.folder
    )
    try:
        line = (await process.stderr.readline()).decode()
        assert line.startswith("diffgem-lsp listens on 127.0.0.1:")
        yield process, int(line.rpartition(":")[2])
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        errors = (await process.stderr.read()).decode()
        await process.wait()
    assert "Traceback" not in errors


@contextlib.asynccontextmanager
async def engine(box):
    """It runs already: a client over TCP does not choose what is started."""
    command = (*FAKE_ENGINE, "serve", "--socket", str(box.socket))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert b"listens on" in await process.stdout.readline()
    yield
    process.kill()
    await process.communicate()


@contextlib.asynccontextmanager
async def connected(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    editor = Editor(writer.write)
    listening = asyncio.create_task(editor.listen(reader))
    yield editor
    writer.close()
    await writer.wait_closed()
    await listening


async def test_one_client():
    """pygls sends one client's replies to another, and ends when either leaves."""
    with sandbox() as box:
        async with engine(box), server(box) as (process, port), connected(port) as editor:
            await editor.initialize()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
            editor.open(URI, "ab")
            (item,) = (await editor.complete(URI, 0, 2))["items"]
            assert item["insertText"] == "AB"
            await editor.ask("shutdown")
            editor.send(method="exit")
            assert await process.wait() == 0


async def test_messages_in_one_segment():
    """A request saw the text as messages behind it had left it: here, closed."""
    with sandbox() as box:
        async with engine(box), server(box) as (_, port), connected(port) as editor:
            await editor.initialize()
            with editor.at_once():
                editor.open(URI, "ab\ncd")
                _, reply = editor.begin_completion(URI, 1, 2)
                editor.notify("textDocument/didClose", textDocument={"uri": URI})
            assert await answer(reply) is None


async def test_a_stranger_does_not_choose_what_runs():
    """Any user of the machine could connect, and have any program run as this one."""
    with sandbox() as box:
        mark = box.folder / "mark"
        async with engine(box), server(box) as (_, port), connected(port) as editor:
            await editor.initialize(engineCommand=["touch", str(mark)], engineSocket="/tmp/x")
            message = await editor.message()
            for name in ("engineCommand", "engineSocket"):
                refused = f"option '{name}' is not taken over TCP, where any user may connect"
                assert f"{refused}: use stdio" in message
            await editor.ask("shutdown")
        assert not mark.exists()


async def test_a_client_that_goes_away_ends_the_server():
    """A server that nobody can reach any more stayed for ever."""
    with sandbox() as box:
        async with server(box) as (process, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"Content-Length: 100\r\n\r\n{")
            writer.close()
            await writer.wait_closed()
            assert await process.wait() == 1


@pytest.mark.parametrize("place", ["", "4000", "localhost:", "localhost:x", "0.0.0.0:0", "[::]:0"])
def test_bad_places(capsys, place):
    """Without a password, other machines are not let in."""
    assert main(["--tcp", place]) == 2
    assert capsys.readouterr().err == (
        f"diffgem-lsp: --tcp takes a loopback HOST:PORT, not {place!r}\n"
    )


def test_a_port_that_is_taken(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        assert main(["--tcp", place]) == 2
    assert f"cannot listen on {place}: Address already in use" in capsys.readouterr().err
