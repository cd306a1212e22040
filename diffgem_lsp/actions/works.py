"""Generations that end with the text that they are for."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any, TypeVar

from diffgem_lsp.requests import outcome

T = TypeVar("T")


class Works:
    """Any number of them for a document at once."""

    def __init__(self) -> None:
        self._tasks: dict[str, set[asyncio.Task[Any]]] = defaultdict(set)

    async def run(self, uri: str, work: Coroutine[Any, Any, T]) -> T:
        """Raises Superseded when `end` comes first; see `requests.outcome`."""
        task = asyncio.ensure_future(work)
        self._tasks[uri].add(task)
        try:
            return await outcome(task)
        finally:
            left = self._tasks.get(uri, set())
            left.discard(task)
            if not left:
                self._tasks.pop(uri, None)

    def end(self, uri: str) -> None:
        for task in self._tasks.pop(uri, set()):
            task.cancel()
