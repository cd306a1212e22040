"""A request that an engine has, and who waits for what becomes of it."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from attrs import frozen

from diffgem_engine.protocol import Answer, Progress
from diffgem_lsp.engine.api import ProgressListener
from diffgem_lsp.engine.in_flight import AheadListener

T = TypeVar("T")
log = logging.getLogger(__name__)


@frozen
class Pending:
    """A listener that fails spoils nothing."""

    reply: asyncio.Future[Answer]
    on_progress: ProgressListener | None
    on_ahead: AheadListener | None

    def progresses(self, progress: Progress) -> None:
        _report(self.on_progress, progress)

    def waits(self, ahead: int) -> None:
        _report(self.on_ahead, ahead)

    def fail(self, error: Exception) -> None:
        if not self.reply.done():
            self.reply.set_exception(error)


def _report(listener: Callable[[T], None] | None, news: T) -> None:
    if listener is None:
        return
    try:
        listener(news)
    except Exception:
        log.exception("a listener to what becomes of a request failed")
