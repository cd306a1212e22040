"""How much a hole may take: by the syntax tree, the user's settings and the machine.

The canvas is the cap: what has no slot cannot be written.
"""

from attrs import evolve

from diffgem_lsp.holes.kinds import OF_BLOCKS, SLOTS, HoleKind
from diffgem_lsp.holes.site import HoleSite
from diffgem_lsp.options import Options

ONE_LINE = 22
A_LINE = 12  # slots of one more line of a block
ROOMY = 182  # on a GPU, where slots are cheap; with a head it fills a bucket


def sized(hole: HoleSite, options: Options, *, on_gpu: bool) -> HoleSite:
    """With its kind and slots as the settings want them."""
    kind = _kind(hole, options)
    slots = _of_block(options, on_gpu=on_gpu) if kind in OF_BLOCKS else SLOTS[kind]
    return evolve(hole, kind=kind, slots=slots)


def most_lines(options: Options) -> int:
    return 1 if options.lines == "single" else options.max_lines


def _kind(hole: HoleSite, options: Options) -> HoleKind:
    if hole.kind is HoleKind.BLOCK and most_lines(options) == 1:
        return HoleKind.WHOLE_LINE
    ends_line = not hole.line_tail.strip()
    if hole.kind is HoleKind.WHOLE_LINE and ends_line and _several(options):
        return HoleKind.BLOCK
    if hole.kind is HoleKind.REST_OF_LINE and ends_line and _several(options):
        return HoleKind.REST_OF_BLOCK
    return hole.kind


def _several(options: Options) -> bool:
    return options.lines == "multi" and options.max_lines > 1


def _of_block(options: Options, *, on_gpu: bool) -> int:
    usual = ROOMY if on_gpu else SLOTS[HoleKind.BLOCK]
    return min(usual, ONE_LINE + A_LINE * (most_lines(options) - 1))
