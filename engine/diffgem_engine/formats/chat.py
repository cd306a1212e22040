"""The `chat` format: for an instruction-tuned checkpoint, in the words of its own chat template.

Prompt:  one user message (the rest of the document after the cursor's line, the prefix but for its
         last lines, what to do, an instruction if there is one, the rest of the cursor's line),
         then the model's turn as if it had begun: an opening code fence and the prefix's last lines
Canvas:  hole slots: the middle, then a closing code fence or an end of the turn

What is typed is at the very end; what stands before moves in strides.  The text after the hole is
in the message alone, and what the model repeats of it is for the language server to cut.
"""

from collections.abc import Sequence

from attrs import evolve, frozen

from diffgem_engine.core.canvas import (
    Canvas,
    CanvasError,
    HoleSlots,
    Hypothesis,
    Order,
    Part,
    build_canvas,
)
from diffgem_engine.formats.base import CHARACTERS_A_TOKEN, Encode, latest_ids, latest_text

FENCE = "```"
AFTER = f"Code is missing from a file. After the missing code, from the next line on:\n{FENCE}"
BEFORE = f"\n{FENCE}\n\nBefore it, but for the last lines:\n{FENCE}\n"
TASK = f"""
{FENCE}

Write those last lines and then the missing code, in one code block that ends where the missing code
ends."""
ASKED = "\nThis is what the missing code is to be: "
BESIDE = "\nOn its last line, the missing code is followed by: "
OPENING = f"{FENCE}\n"

TAIL_CHARACTERS = 400  # of the prefix, that the model's turn begins with; up to twice as many
BESIDE_TOKENS = 32  # of the rest of the cursor's line
LEAST_ROOM = 64  # for code, of a prompt


@frozen
class ChatFormat:
    """Settings that the checkpoint's files give."""

    vocab: int
    prompt_tokens: int
    pad: int
    ends: tuple[int, ...]  # closing fences, and what ends a turn
    closing: tuple[int, ...]  # the fence as the encoder would write it after a middle
    marks: tuple[int, ...]
    before_message: tuple[int, ...]  # what the template puts around a user's message
    after_message: tuple[int, ...]
    order: Order = "entropy"
    draft_bonus: float = 0.0
    draft_enough: float = 0.0
    instruction: str = ""

    @property
    def name(self) -> str:
        return "chat"

    @property
    def barred(self) -> tuple[int, ...]:
        return tuple(i for i in self.marks if i not in self.ends)

    @property
    def unsaid(self) -> tuple[int, ...]:
        return self.barred

    @property
    def head_tokens(self) -> int:
        return 0

    @property
    def noise_range(self) -> tuple[int, int]:
        return 0, self.vocab

    @property
    def mark(self) -> int | None:
        return None

    def after_middle(self, canvas: Canvas) -> tuple[int, ...]:
        return self.closing

    def spare(self, encode: Encode) -> int:
        """How many tokens of a prompt are left for code."""
        ours = sum(len(encode(words)) for words in (AFTER, BEFORE, TASK, BESIDE, OPENING))
        return self.prompt_tokens - ours - len(self.before_message) - len(self.after_message)

    @property
    def instructions(self) -> bool:
        return True

    def instructed(self, instruction: str) -> "ChatFormat":
        return evolve(self, instruction=instruction)

    def shortened(self, tokens: int) -> "ChatFormat":
        return evolve(self, prompt_tokens=self.prompt_tokens - tokens)

    def prompt(self, encode: Encode, prefix: str, suffix: str) -> list[int]:
        """A quarter of the room each for what follows and for the model's turn; the prefix' head
        has the rest.  Raises CanvasError for an instruction that leaves little room.
        """
        asked = self._asked(encode)
        room = self.spare(encode) - len(asked)
        beside = min(BESIDE_TOKENS, room // 8)
        quarter = (room - beside) // 4
        line_end = suffix.find("\n")
        rest, beyond = (suffix, "") if line_end < 0 else (suffix[:line_end], suffix[line_end:])
        known = latest_text(prefix, self.prompt_tokens)
        cut = _tail(known, max(1, min(TAIL_CHARACTERS, quarter // 2)))
        after = _first(encode, beyond, quarter)
        head = encode(known[:cut].removesuffix("\n"))
        return [
            *self.before_message,
            *encode(AFTER), *after,
            *encode(BEFORE), *latest_ids(head, room - beside - len(after) - quarter),
            *encode(TASK), *asked, *(_beside(encode, rest, beside) if rest.strip() else ()),
            *self.after_message,
            *encode(OPENING), *latest_ids(encode(known[cut:]), quarter),
        ]  # fmt: skip

    def _asked(self, encode: Encode) -> list[int]:
        asked = encode(f"{ASKED}{self.instruction}") if self.instruction else []
        most = self.spare(encode) // 2
        if len(asked) > most:
            raise CanvasError(
                f"the instruction has {len(asked)} tokens, and a prompt has room for {most}: "
                "say less"
            )
        return asked

    def canvases(self, parts: Sequence[Part], head: Sequence[int]) -> tuple[Hypothesis, ...]:
        if len(parts) != 1 or not isinstance(parts[0], HoleSlots):
            raise CanvasError(
                "the chat format fills one hole and nothing beside it: send just that, or run the "
                "engine with --format pinned"
            )
        return (Hypothesis(build_canvas(self, parts, ())),)

    def read(self, filled: str) -> str:
        """The fence may be written in several tokens, and the line end before it is its own."""
        return filled.split(FENCE, 1)[0].removesuffix("\n")


def _first(encode: Encode, text: str, most: int) -> list[int]:
    return encode(text[: CHARACTERS_A_TOKEN * most])[:most]


def _beside(encode: Encode, rest: str, most: int) -> list[int]:
    return [*encode(BESIDE), *_first(encode, rest, most)]


def _tail(prefix: str, step: int) -> int:
    """Where the model's turn begins: on a grid, or at the first line that begins behind it, so that
    it stays put while somebody types.
    """
    grid = max(0, len(prefix) // step - 1) * step
    line = prefix.find("\n", grid, grid + step) + 1
    return line if grid and line else grid
