import asyncio
import logging

import pytest
from editor import frame

from diffgem_lsp.editor.framing import read_messages


async def read(*pieces, limit=2**16, receive=None):
    """The bodies that arrived."""
    reader, bodies = asyncio.StreamReader(limit=limit), []
    for piece in pieces:
        reader.feed_data(piece)
    reader.feed_eof()
    await read_messages(reader, receive or bodies.append)
    return bodies


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 2\r\n",
        b"content-length:2\r\n",
        b"Content-Length : 2\r\n",
        b"Content-Type: x\r\nContent-Length: 2\r\n",
        b"Content-Length: 2\r\nContent-Type: x\r\n",
    ],
)
async def test_headers(header):
    """A client that writes its headers in lower case was never heard."""
    assert await read(header + b"\r\n{}", frame(b"3")) == [b"{}", b"3"]


@pytest.mark.parametrize("junk", [b"hello\r\n", b"\r\n\r\n", b"Content-Length: x\r\n\r\n"])
async def test_what_is_no_header_is_passed_over(junk):
    assert await read(junk, frame(b"{}")) == [b"{}"]


async def test_a_length_that_makes_no_sense_costs_its_message_alone(caplog):
    """Everything after it was passed over as well: the server was deaf from then on."""
    odd = b"Content-Length: 10000000000\r\n\r\n{}"
    with caplog.at_level(logging.WARNING):
        assert await read(odd, frame(b"1"), odd, frame(b"2"), frame(b"3")) == [b"1", b"2", b"3"]
    assert len(caplog.records) == 2


@pytest.mark.parametrize("end", [b"", b"Content-Length: 9\r\n", b"Content-Length: 9\r\n\r\n{"])
async def test_a_client_that_goes_away(end):
    """A server that nobody can reach any more stayed, or ended with a traceback."""
    assert await read(frame(b"{}"), end) == [b"{}"]


async def test_a_line_without_end():
    assert await read(b"x" * 100, limit=10) == []


async def test_other_tasks_come_before_the_next_message():
    """A handler saw the text as later messages had left it."""
    order = []

    async def handler(body):
        order.append(body)

    def receive(body):
        order.append(b"read " + body)
        tasks.append(asyncio.ensure_future(handler(body)))

    tasks = []
    await read(frame(b"1") + frame(b"2"), receive=receive)
    assert order == [b"read 1", b"1", b"read 2", b"2"]


async def test_a_message_that_breaks_the_server_does_not_end_it(caplog):
    """One bad message ended the session."""
    bodies = []

    def receive(body):
        bodies.append(body)
        raise ValueError("a bug")

    with caplog.at_level(logging.ERROR):
        await read(frame(b"1"), frame(b"2"), receive=receive)
    assert bodies == [b"1", b"2"]
    assert "a bug" in caplog.text
