"""The client's messages, one after the other.

Our own loop and not pygls', which reads on before the handler of what it has read begins, and
answers nothing to what is no JSON.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Protocol

log = logging.getLogger(__name__)

# At the end of its line: where a length was not understood, what it was of stands before the next.
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,9})\s*$", re.IGNORECASE)


class Reader(Protocol):
    """As asyncio's StreamReader is one."""

    def readline(self) -> Awaitable[bytes]: ...

    def readexactly(self, n: int) -> Awaitable[bytes]: ...


async def read_messages(reader: Reader, receive: Callable[[bytes], None]) -> None:
    """`receive` each body, until the client goes away.

    Other tasks run before the next message is read: so the handler of a request has taken its
    snapshot before the next change of the text comes.
    """
    while body := await _body(reader):
        try:
            receive(body)
        except ConnectionError:  # nobody reads the answers
            return
        except Exception:
            log.exception("a message was not dealt with")
        await asyncio.sleep(0)


async def _body(reader: Reader) -> bytes:
    """Empty when the client is gone.  A header without a length is passed over."""
    length, seen = 0, False
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while header := await _header(reader):
            named = _LENGTH.search(header)
            if named is not None:
                length = int(named[1])
            elif header.strip():
                seen = True
            elif length:
                body = await reader.readexactly(length)
                return body if len(body) == length else b""
            elif seen:
                log.warning("a message without a length that makes sense is passed over")
                seen = False
    return b""


async def _header(reader: Reader) -> bytes:
    try:
        return await reader.readline()
    except ValueError as error:  # asyncio's limit
        log.error("no message: %s", error)  # noqa: TRY400 - the client's fault, not ours
        return b""
