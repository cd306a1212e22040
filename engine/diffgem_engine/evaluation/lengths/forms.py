"""The formats in which lengths are compared, and a case in the words of one."""

from attrs import asdict, frozen

from diffgem_engine.checkpoint.files import CheckpointError, read_config
from diffgem_engine.checkpoint.format_choice import choose
from diffgem_engine.checkpoint.loading import Checkpoint
from diffgem_engine.core.canvas import HoleSlots, Hypothesis, build_canvas
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.evaluation.cases import LineCase
from diffgem_engine.formats.base import CHARACTERS_A_TOKEN, Format
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.formats.pinned import LengthBias, bias_of


@frozen
class CutFormat(InfillFormat):
    """The `native` format with holes that are all middle: prompt, head and noise are as the
    checkpoint was taught, and no end is denoised into a hole.
    """

    @property
    def ends(self) -> tuple[int, ...]:
        return ()

    @property
    def unsaid(self) -> tuple[int, ...]:
        return self.marks


def cut_format(form: InfillFormat) -> CutFormat:
    return CutFormat(**asdict(form, recurse=False))


def pinned_format(checkpoint: Checkpoint) -> Format:
    """The one of the same checkpoint.  Raises CheckpointError."""
    if (folder := checkpoint.folder) is None:
        raise CheckpointError(
            f"{checkpoint.name} has no files that say how it is to be pinned; give another"
        )
    config = read_config(folder, checkpoint.name)
    made = choose(folder, config, checkpoint.name, "pinned")
    return made(checkpoint.tokenizer, checkpoint.model.device.type == "cpu")


@frozen
class Asked:
    """What a format makes of a case: everything but the canvas."""

    form: Format
    prompt: tuple[int, ...]
    head: tuple[int, ...]
    params: SamplingParams

    @classmethod
    def of(cls, checkpoint: Checkpoint, form: Format, case: LineCase) -> "Asked":
        encode = checkpoint.tokenizer.encode
        head = encode(case.suffix[: CHARACTERS_A_TOKEN * form.head_tokens])[: form.head_tokens]
        prompt = form.prompt(encode, case.prefix, case.suffix)
        return cls(form, tuple(prompt), tuple(head), checkpoint.sampling)

    def with_lengths(self, lengths: list[int], bias: LengthBias = ()) -> InfillIds:
        """A request whose hole is of one of these lengths, in open slots.

        Raises CanvasError where a canvas does not hold the longest.
        """
        tries = tuple(
            Hypothesis(
                build_canvas(self.form, [HoleSlots(length)], self.head), bias_of(bias, length)
            )
            for length in lengths
        )
        return InfillIds(
            self.prompt, tries[0].canvas, self.params, 0, path="hypotheses", hypotheses=tries
        )
