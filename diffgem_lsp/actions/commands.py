"""Commands that take a while, as requests that can be cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from pygls.exceptions import JsonRpcRequestCancelled

from diffgem_lsp.editor.lsp_protocol import DiffGemProtocol


class Commands:
    """Those that run now.

    pygls answers a command that is cancelled, and lets it go on; and its shutdown fails where one
    is in flight.
    """

    def __init__(self, protocol: DiffGemProtocol) -> None:
        self._protocol = protocol
        self._running: set[asyncio.Task[Any]] = set()

    async def run(self, work: Coroutine[Any, Any, None]) -> None:
        """In a command's handler.  A command that is cancelled without its request, as by the
        editor's progress, says so by an error.
        """
        protocol, task = self._protocol, asyncio.current_task()
        request = protocol._request_futures.get(protocol.msg_id or "")
        if task is None or request is None:
            return await work
        request.add_done_callback(lambda done: done.cancelled() and task.cancel())
        self._running.add(task)
        try:
            await work
        except asyncio.CancelledError:
            if request.cancelled():
                raise
            raise JsonRpcRequestCancelled("cancelled in the editor") from None
        finally:
            self._running.discard(task)

    async def close(self) -> None:
        """End those that run, and wait until they are answered."""
        running = [*self._running]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
