"""The ways to choose a length that are compared, each as it would be served."""

from collections.abc import Callable

from attrs import frozen

from diffgem_engine.checkpoint.format_choice import GUESSES_ON_CPU
from diffgem_engine.core.hypotheses import KEPT
from diffgem_engine.evaluation.lengths.choices import (
    Choice,
    by_encoder,
    by_suffix,
    surest,
    together,
)
from diffgem_engine.evaluation.lengths.filling import Filler
from diffgem_engine.formats.pinned import LengthBias, lengths

MEANINGS = {
    "fixed": "one canvas, all of whose slots are filled",
    "surest": "the surest after the first step is denoised to its end",
    "CAL": "the same, sureness less the fitted bias",
    "surest, PILL": f"the {KEPT} surest are denoised, and the encoder chooses",
    "CAL, PILL": f"the {KEPT} surest by CAL are denoised, and the encoder chooses",
    "CAL, PILL, 4": "the 4 surest by CAL",
    "few": f"of {GUESSES_ON_CPU} guesses, as on a CPU, the {KEPT} surest, and the encoder chooses",
    "few, CAL": "the same, sureness less the fitted bias",
    "PILL": "all lengths are denoised, and the encoder chooses",
    "suffix": "... the decoder chooses, by what it says of the pinned suffix head as it stands",
    "suffix opened": "... by what it says of the head's slots before they are filled",
    "PILL + suffix": "... by the sum of PILL's and that of the opened head",
    "oracle": "one canvas of as many slots as the right middle has tokens",
    "<eom>": "one canvas, in which the model ends the middle itself: what is shipped",
    "<eom>, oracle": "the same of as many slots as the right middle and its end take",
}


@frozen
class Way:
    """Lengths to try, how many of them are denoised to their ends, and who chooses.

    All choices are of one filling, for which each of them pays.
    """

    lengths: Callable[[int], list[int]]  # in open slots, of how many the right middle takes
    choices: dict[str, Choice]  # by the way's name
    kept: int = 1
    bias: LengthBias = ()


def guessing(filler: Filler, slots: int, guesses: list[int], bias: LengthBias) -> list[Way]:
    """Where nothing ends a middle."""
    encoder, opened = by_encoder(filler), by_suffix(filler, opened=True)
    few = lengths(slots, GUESSES_ON_CPU)
    chosen = {
        "PILL": encoder,
        "suffix": by_suffix(filler, opened=False),
        "suffix opened": opened,
        "PILL + suffix": together(encoder, opened),
    }
    return [
        Way(lambda _: [slots], {"fixed": surest}),
        Way(lambda _: guesses, {"surest": surest}),
        Way(lambda _: guesses, {"CAL": surest}, bias=bias),
        Way(lambda _: guesses, {"surest, PILL": encoder}, kept=KEPT),
        Way(lambda _: guesses, {"CAL, PILL": encoder}, kept=KEPT, bias=bias),
        Way(lambda _: guesses, {"CAL, PILL, 4": encoder}, kept=4, bias=bias),
        Way(lambda _: few, {"few": encoder}, kept=KEPT),
        Way(lambda _: few, {"few, CAL": encoder}, kept=KEPT, bias=bias),
        Way(lambda _: guesses, chosen, kept=len(guesses)),
        Way(lambda right: [right], {"oracle": surest}),
    ]


def ending(slots: int) -> list[Way]:
    """Where the model ends the middle."""
    return [
        Way(lambda _: [slots], {"<eom>": surest}),
        Way(lambda right: [right + 1], {"<eom>, oracle": surest}),
    ]
