"""What the backends that have no model have in common: those of a bench and of a check."""

from collections.abc import Callable

from diffgem_engine.core.canvas import LONGEST_CANVAS
from diffgem_engine.protocol import PROTOCOL_VERSION, Review, Reviewed, Welcome


class Modelless:
    """Never broken, and with nothing to say of code; `infill` and `count` are the heir's."""

    broken = False
    most_at_once = 64

    def __init__(self, name: str) -> None:
        self._welcome = Welcome(
            protocol=PROTOCOL_VERSION,
            engine="0",
            model=name,
            device="cpu",
            dtype="none",
            max_slots=LONGEST_CANVAS,
            prompt_tokens=768,
            hole_slots=LONGEST_CANVAS,
        )

    @property
    def welcome(self) -> Welcome:
        return self._welcome

    def when_broken(self, call: Callable[[], None]) -> None:
        """It never is."""

    async def review(self, request: Review) -> Reviewed:
        return Reviewed(request.id, (), 0, 0, 0.0, 0.0, 0.0)
