"""An engine process that answers at once, for what the rest of the path costs.

`python -m diffgem_engine.bench.instant SOCKET IDLE_EXIT_S`: the real server, wire and
socket, and no model.
"""

import sys
from collections.abc import Sequence

from diffgem_engine.backends import ProgressSink
from diffgem_engine.backends.modelless import Modelless
from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.process.server import serve
from diffgem_engine.protocol import Candidate, Infill, Result

# An identifier, which the filters let pass wherever it completes one; and none of what the bench
# types begins like it, or the server would answer from what it has shown before.
ANSWER = "quantity"


class InstantBackend(Modelless):
    """The same short text for every request."""

    def __init__(self) -> None:
        super().__init__("instant")

    async def infill(self, request: Infill, on_progress: ProgressSink | None) -> Result:
        candidate = Candidate((ANSWER,), 0.9)
        return Result(
            id=request.id,
            candidates=(candidate,),
            steps=1,
            prompt_tokens=0,
            prefilled_tokens=0,
            queue_ms=0.0,
            prefill_ms=0.0,
            denoise_ms=0.0,
        )

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        return (0,) * len(texts)

    async def close(self) -> None:
        pass


if __name__ == "__main__":
    sys.exit(serve(InstantBackend, parse_endpoint(sys.argv[1]), float(sys.argv[2])))
