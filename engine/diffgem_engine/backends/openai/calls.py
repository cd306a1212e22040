"""Calls of an HTTP client that may be cancelled.

The client closes its connections behind a shield that only its own library's way of cancelling
respects: a task that is cancelled just then leaves a connection open that nobody has any more.  So
each call has a task of its own, and what reaches it is that way.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import anyio

T = TypeVar("T")


class Calls:
    """Those under way, and those that still close their connections."""

    def __init__(self) -> None:
        self._scopes: dict[asyncio.Task[Any], anyio.CancelScope] = {}

    async def run(self, call: Coroutine[Any, Any, T]) -> T:
        """What it returns, or raises.  Cancelling that does not wait for the call to end."""
        scope = anyio.CancelScope()
        task = asyncio.create_task(_scoped(scope, call))
        self._scopes[task] = scope
        task.add_done_callback(self._scopes.pop)
        task.add_done_callback(heard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            scope.cancel()
            raise

    async def end(self) -> None:
        """Cancel all, and wait until none is left."""
        for scope in self._scopes.values():
            scope.cancel()
        await asyncio.gather(*self._scopes, return_exceptions=True)


def heard(task: asyncio.Task[Any]) -> None:
    """Whoever waited for it may have left before it failed: that is no news."""
    if not task.cancelled():
        task.exception()


async def _scoped(scope: anyio.CancelScope, call: Coroutine[Any, Any, T]) -> T:
    with scope:
        return await call
    raise asyncio.CancelledError  # nobody hears it
