"""The decoder's pass captured as a CUDA graph for every shape: thousands of kernels, one launch.

At batch 1 a step of the big checkpoint is bound by reading its weights, in less time than a host
needs to launch its kernels one by one.  A graph reads and writes the same memory at every replay,
so each shape has buffers of its own; the prompts are copied into them when the rows change, not at
every step.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

import torch
from attrs import define
from torch import Tensor

from diffgem_engine.core.forward.stock import Rows, StockForward
from diffgem_engine.core.kv import EncoderKv, LayerKv, PaddedPrefix, PrefixKv
from diffgem_engine.core.request import Bucket

log = logging.getLogger(__name__)

MOST_GRAPHS = 24  # each holds buffers for its prompts; the one not used for longest goes
WARM_UPS = 3  # passes before a capture, as torch's documentation has it

Shape = tuple[int, int, int]  # rows, slots, room for the prompt
Pass = Callable[[], None]


@define(eq=False)
class Captured:
    """A pass over buffers of its own; `holds` are the prompts that are in them."""

    rows: Rows
    layers: list[LayerKv]
    output: Tensor
    replay: Pass
    holds: tuple[PaddedPrefix, ...]


class GraphedForward:
    """The stock forward, its decoder replayed.  On a CPU, which has no graphs, the pass is made
    over the same buffers instead.
    """

    def __init__(self, stock: StockForward, most: int = MOST_GRAPHS) -> None:
        self._stock, self._most = stock, most
        self._captured: OrderedDict[Shape, Captured] = OrderedDict()

    def encode(
        self,
        ids: Tensor,
        positions: Tensor,
        kv: EncoderKv,
        masks: Mapping[str, Tensor | None] | None,
    ) -> Tensor:
        return self._stock.encode(ids, positions, kv, masks)

    def alike(self, bucket: Bucket) -> Bucket:
        return self._stock.alike(bucket)

    def pad(self, prefix: PrefixKv, bucket: Bucket) -> PaddedPrefix:
        return self._stock.pad(prefix, bucket)

    def decode(
        self, tokens: Tensor, signal: Tensor, prefixes: Sequence[PaddedPrefix], sizes: Sequence[int]
    ) -> Tensor:
        """What it gives is overwritten by the next pass of the same shape."""
        count = len(prefixes)
        more = _rounded(count) - count  # the last row once more: few shapes serve all batches
        tokens, signal = (
            torch.cat((x, x[-1:].expand(more, *x.shape[1:]))) for x in (tokens, signal)
        )
        held = (*prefixes, *[prefixes[-1]] * more)
        rows = self._stock.rows(tokens, signal, held, (*sizes, *[sizes[-1]] * more))
        captured = self._of_shape(rows, held)
        for mine, theirs in zip(captured.rows.tensors(), rows.tensors(), strict=True):
            mine.copy_(theirs)
        if any(mine is not theirs for mine, theirs in zip(captured.holds, held, strict=True)):
            _copy(self._stock.layers(held), captured.layers)
            captured.holds = held
        captured.replay()
        return captured.output[:count]

    def _of_shape(self, rows: Rows, held: tuple[PaddedPrefix, ...]) -> Captured:
        room = max(keys.shape[2] for keys, _ in held[0].layers)
        count, slots = rows.tokens.shape
        shape = (count, slots, room)
        if shape not in self._captured:
            if len(self._captured) >= self._most:
                self._captured.popitem(last=False)
            self._captured[shape] = self._capture(rows, held)
        self._captured.move_to_end(shape)
        return self._captured[shape]

    def _capture(self, rows: Rows, held: tuple[PaddedPrefix, ...]) -> Captured:
        own = Rows(
            tokens=rows.tokens.clone(),
            signal=rows.signal.clone(),
            starts=rows.starts.clone(),
            sizes=rows.sizes.clone(),
            lengths={kind: length.clone() for kind, length in rows.lengths.items()},
        )
        layers = [LayerKv(kv.keys.clone(), kv.values.clone()) for kv in self._stock.layers(held)]
        output = self._stock.step(own, layers)

        def run() -> None:
            output.copy_(self._stock.step(own, layers))

        return Captured(own, layers, output, _graph(run) if output.is_cuda else run, held)


def _rounded(count: int) -> int:
    """To a power of two."""
    return 1 << (count - 1).bit_length()


def _copy(source: Sequence[LayerKv], target: Sequence[LayerKv]) -> None:
    for theirs, mine in zip(source, target, strict=True):
        mine.keys.copy_(theirs.keys)
        mine.values.copy_(theirs.values)


def _graph(run: Pass) -> Pass:
    """`run` recorded on the device; itself where the device cannot record it, as where it waits for
    the host.
    """
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):  # lazy set-up of libraries must not be recorded
        for _ in range(WARM_UPS):
            run()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(graph):
            run()
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        log.warning(
            "no CUDA graph, so steps are slower: %s", next(iter(str(error).splitlines()), "")
        )
        return run
    return graph.replay
