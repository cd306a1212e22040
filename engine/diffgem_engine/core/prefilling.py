"""A sequence's prompt, read piece by piece behind what the cache has of it.

Between two pieces the live canvases take their steps: so a long file does not stall them, and a
cancelled one stops.  What is read of it stays in the cache.
"""

from diffgem_engine.core.kv import PrefixKv
from diffgem_engine.core.prefix_cache import PrefixCache
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sequence import Sequence

# Tokens of a piece.  On a GPU a pass over fewer takes hardly less time, the weights are read all
# the same; on a CPU it is some ten denoising steps of the embedded model.
PIECE = 512


class Prefiller:
    """Pieces end at multiples of PIECE and at the prompt's end.  So they follow from the request
    and from what was cached, never from who else is there, and a prefill that goes on where a
    cancelled one stopped gives what one that was never interrupted does, to the last bit.
    """

    def __init__(self, runner: Runner, cache: PrefixCache[PrefixKv]) -> None:
        self._runner, self._cache = runner, cache

    def ahead(self, sequence: Sequence) -> int:
        """The tokens of the next piece."""
        known = self._known(sequence)
        start = len(known) if known is not None else 0
        return _end(start, sequence) - start

    def read(self, sequence: Sequence) -> bool:
        """Read the next piece; whether it was the last."""
        ids, known = sequence.prompt, self._known(sequence)
        start = len(known) if known is not None else 0
        if sequence.kv is None and not sequence.committed.ids:
            sequence.prefilled = len(ids) - start
        end = _end(start, sequence)
        sequence.kv = self._runner.prefill(ids[:end], known)
        self._cache.put(ids[:end], sequence.kv)
        return end == len(ids)

    def _known(self, sequence: Sequence) -> PrefixKv | None:
        if sequence.kv is not None:
            return sequence.kv
        match = self._cache.match(sequence.prompt)
        return match.payload.cut(match.length) if match else None


def _end(start: int, sequence: Sequence) -> int:
    return min(len(sequence.prompt), start - start % PIECE + PIECE)
