"""Server-sent events: what is certain of a text, as it becomes so.

A canvas is revised until its last step, so its text is certain only at its end; a long hole is
filled by one canvas after another, and what is committed of it never changes.
"""

import asyncio
import json
from collections.abc import AsyncIterator

from diffgem_engine.backends import RequestError
from diffgem_engine.http.answered import Answered
from diffgem_engine.http.cutting import certain
from diffgem_engine.http.errors import Asking, body_of, said
from diffgem_engine.http.exchange import Exchange
from diffgem_engine.http.shapes import Json, Shape
from diffgem_engine.protocol import Progress

KEEP_ALIVE_S = 10.0  # of silence; some proxies end a connection after less than a minute


class Stream:
    """The events of one text: its pieces, and how it ends."""

    def __init__(self, shape: Shape, model: str, asking: Asking) -> None:
        self._shape, self._model, self._asking = shape, model, asking
        self._told = ""
        self._news: asyncio.Queue[bytes] = asyncio.Queue()

    def progress(self, progress: Progress) -> None:
        asked = self._shape.asked
        whole = progress.committed.rstrip("\ufffd")  # bytes of a character that is not whole yet
        sure = certain(whole, asked.stop, asked.least_indent)
        if len(sure) > len(self._told) and sure.startswith(self._told):
            piece = self._shape.piece(self._model, self._asking.trace, sure[len(self._told) :])
            self._told = sure
            self._news.put_nowait(_event(piece))

    def ahead(self, count: int) -> None:
        """A comment: clients pass over it, and whoever looks sees why it takes so long."""
        self._news.put_nowait(f": {count} ahead of you\n\n".encode())

    async def begun(self, work: "asyncio.Task[Answered]") -> None:
        """Wait until there is something to send: a refusal before that has a status of its own."""
        if self._news.empty() and not work.done():
            self._news.put_nowait(await self._next(work))
        if work.done() and not work.cancelled() and (error := work.exception()):
            raise error

    async def events(
        self, exchange: Exchange, work: "asyncio.Task[Answered]"
    ) -> AsyncIterator[bytes]:
        while not (work.done() and self._news.empty()):
            if news := await self._next(work):
                yield news
        try:
            yield self._last(await exchange.result(work))
        except Exception as error:  # the status is out: the stream has to say it
            yield _event(body_of(said(error, self._asking)))

    async def _next(self, work: "asyncio.Task[Answered]") -> bytes:
        """Empty once the work is done."""
        heard = asyncio.ensure_future(self._news.get())
        try:
            await asyncio.wait(
                [heard, work], timeout=KEEP_ALIVE_S, return_when=asyncio.FIRST_COMPLETED
            )
            if heard.done():
                return heard.result()
            return b"" if work.done() else b": still at it\n\n"
        finally:
            heard.cancel()

    def _last(self, answered: Answered) -> bytes:
        text = answered.texts[0].cut.text
        if not text.startswith(self._told):
            raise RequestError(
                "internal", "the text changed after a part of it was sent: ask again"
            )
        pieces = self._shape.end(answered, text[len(self._told) :])
        done = f"data: {self._shape.done}\n\n" if self._shape.done else ""
        return b"".join(map(_event, pieces)) + done.encode()


def _event(body: Json) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()
