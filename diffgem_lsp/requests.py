"""Work that ends with what it is for: the newest request wins, an older text is nobody's."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Superseded(Exception):
    """The work was ended because nobody wants it any more."""


async def outcome(task: "asyncio.Task[T]") -> T:
    """The task's result.  Raises Superseded where somebody else has cancelled it.

    When the caller itself is cancelled, so is the task, and CancelledError goes on to the caller:
    the client cancelled, and must hear that and nothing else.
    """
    try:
        return await task
    except asyncio.CancelledError:
        task.cancel()
        current = asyncio.current_task()
        if current is not None and current.cancelling():
            raise
        raise Superseded from None


class NewestWins(Generic[T]):
    """Runs at most one task per key."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[T]] = {}

    async def run(self, key: str, work: Coroutine[Any, Any, T]) -> T | None:
        """The result of `work`; None if a newer call for `key` came first.  See `outcome`."""
        task = asyncio.ensure_future(work)
        self.cancel(key)
        self._tasks[key] = task
        try:
            return await outcome(task)
        except Superseded:
            return None
        finally:
            if self._tasks.get(key) is task:
                del self._tasks[key]

    def cancel(self, key: str) -> None:
        """Supersede what runs for `key`."""
        task = self._tasks.pop(key, None)
        if task is not None:
            task.cancel()
