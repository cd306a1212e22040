"""The interface of an infill format, and what its implementations share.

A format turns the text around a hole into a prompt, and the parts of a request into canvases; what
it lays out is token ids, and the engine below knows its `CanvasRules` alone.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from diffgem_engine.core.canvas import CanvasRules, Hypothesis, Order, Part

CHARACTERS_A_TOKEN = 12  # more than code has: text beyond that many is not worth tokenizing
NO_INSTRUCTIONS = (
    "the {} format follows no instructions: run an instruction-tuned checkpoint in the chat format"
)

Encode = Callable[[str], list[int]]


class Format(CanvasRules, Protocol):
    """One checkpoint's format: settings, which compare equal, and pure functions of a request."""

    @property
    def name(self) -> str:
        """As `--format` has it."""

    @property
    def vocab(self) -> int: ...

    @property
    def prompt_tokens(self) -> int:
        """The longest prompt."""

    @property
    def order(self) -> Order:
        """In which slots are accepted, unless a request says otherwise."""

    @property
    def draft_bonus(self) -> float:
        """Nats by which a draft is preferred, unless a request says otherwise."""

    @property
    def draft_enough(self) -> float:
        """The log probability of a draft for which nothing is denoised, unless a request says
        otherwise; 0 where there is none.
        """

    @property
    def instructions(self) -> bool:
        """Whether `instructed` works: whether a checkpoint of this format follows any."""

    def instructed(self, instruction: str) -> "Format":
        """The same whose prompts say so what is to stand in the hole.  Raises CanvasError."""

    def shortened(self, tokens: int) -> "Format":
        """The same with prompts of so many tokens less."""

    def prompt(self, encode: Encode, prefix: str, suffix: str) -> list[int]:
        """What the encoder reads of the text around the canvas, at most `prompt_tokens` ids.

        Typing changes the prompt's end alone, but for a cut that moves in strides.
        """

    def canvases(self, parts: Sequence[Part], head: Sequence[int]) -> tuple[Hypothesis, ...]:
        """One canvas, or one for each guess at how long the middle is, the longest first.

        `head` is the beginning of the suffix.  Raises CanvasError.
        """

    def read(self, filled: str) -> str:
        """The middle, of the text in a hole as far as its end."""


def latest_text(prefix: str, tokens: int) -> str:
    """The end of `prefix` that `tokens` may reach, cut in strides so that the cut stays put while
    somebody types.
    """
    most = CHARACTERS_A_TOKEN * tokens
    stride = most // 2
    return prefix[-(-max(0, len(prefix) - most) // stride) * stride :]


def latest_ids(prefix: Sequence[int], room: int) -> list[int]:
    """The end of `prefix` that fits `room`.

    What does not fit goes in whole strides, so that the cut does not move with every key and the
    cached prompt stays valid.
    """
    stride = max(1, room // 4)
    excess = max(0, len(prefix) - room)
    cut = -(-excess // stride) * stride
    return [*prefix[cut:]]
