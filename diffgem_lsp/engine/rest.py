"""How long the engine wants to be left alone."""

import contextlib
from collections.abc import Callable, Iterator

from diffgem_lsp.engine.errors import RequestRefused

MOST_S = 60.0  # whatever it asks for: it may have been restarted since


class Rest:
    """As its refusals said; seconds of `clock`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until = float("-inf")

    @property
    def left_s(self) -> float:
        return max(0.0, self._until - self._clock())

    @contextlib.contextmanager
    def heeded(self) -> Iterator[None]:
        """Around a request."""
        try:
            yield
        except RequestRefused as refusal:
            wanted = min(refusal.retry_after_s or 0.0, MOST_S)
            self._until = max(self._until, self._clock() + wanted)
            raise
