"""A generation as work in progress that the editor shows, and may cancel."""

from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from lsprotocol import types
from pygls.protocol import LanguageServerProtocol as Protocol

from diffgem_engine.protocol import Progress

Cancel = Callable[[], object]


class WorkDone:
    """Begun once the editor has said that it shows it, and then ended, whatever came between."""

    def __init__(self, protocol: Protocol, title: str, cancel: Cancel, shown: bool) -> None:
        """`cancel` is called when the user stops the work; nothing is sent unless `shown`."""
        self._protocol, self._tokens = protocol, protocol.progress
        self._title, self._cancel = title, cancel
        self._token = str(uuid4()) if shown else ""
        self._begun, self._over = False, False

    def __enter__(self) -> Self:
        if self._token:
            params = types.WorkDoneProgressCreateParams(self._token)
            asked = self._protocol.send_request(types.WINDOW_WORK_DONE_PROGRESS_CREATE, params)
            asked.add_done_callback(self._begin)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over = True
        if self._begun:
            self._end()

    def report(self, progress: Progress) -> None:
        """After a denoising step."""
        if not self._begun or self._over:
            return
        self._tokens.report(
            self._token,
            types.WorkDoneProgressReport(
                message=f"step {progress.step}", percentage=_percentage(progress.states)
            ),
        )

    def _begin(self, asked: Future[Any]) -> None:
        if asked.cancelled() or asked.exception() is not None:
            return
        begin = types.WorkDoneProgressBegin(
            f"DiffGem: {self._title}", cancellable=True, percentage=0
        )
        self._begun = True
        stopped = self._tokens.tokens[self._token] = Future()
        stopped.add_done_callback(lambda _: self._stop())
        self._tokens.begin(self._token, begin)
        if self._over:  # Helix answers after our reply alone, and shows a spinner until an end
            self._end()

    def _end(self) -> None:
        self._tokens.end(self._token, types.WorkDoneProgressEnd())
        self._tokens.tokens.pop(self._token, None)

    def _stop(self) -> None:
        if not self._over:
            self._cancel()


def _percentage(states: str) -> int:
    """Of the slots that were to be filled, those that are."""
    wanted = len(states) - states.count("p")
    return 100 * (wanted - states.count("n")) // wanted if wanted else 100
