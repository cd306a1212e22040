"""What a shape says of what came back."""

import time
from collections.abc import Awaitable, Callable, Sequence

from attrs import field, frozen

from diffgem_engine.http.asked import Asked
from diffgem_engine.http.cutting import Cut, cut
from diffgem_engine.protocol import Result

Measure = Callable[[Sequence[str]], Awaitable[tuple[int, ...]]]  # a number of tokens for each text


@frozen
class Text:
    """`full` where it has as many tokens as there was room for, or the time was up."""

    cut: Cut
    tokens: int
    full: bool

    @property
    def finish_reason(self) -> str:
        return "length" if self.full and not self.cut.ended else "stop"


@frozen
class Answered:
    """`result` is None where nothing had to be asked."""

    model: str
    texts: tuple[Text, ...]
    result: Result | None
    trace: str
    at: int = field(factory=lambda: int(time.time()))  # s, of the epoch

    @property
    def tokens(self) -> int:
        return sum(text.tokens for text in self.texts)

    @property
    def prompt_tokens(self) -> int:
        return self.result.prompt_tokens if self.result else 0


async def read(asked: Asked, result: Result, room: int, measure: Measure) -> tuple[Text, ...]:
    """The texts of `result`, cut and counted; `room` is the slots of their hole."""
    whole = ["".join(each.texts) for each in result.candidates[: asked.texts]]
    cuts = [cut(text, asked.stop, asked.least_indent) for text in whole]
    counts = await measure([*whole, *(each.text for each in cuts)])
    filled, kept = counts[: len(whole)], counts[len(whole) :]
    late = result.ended == "out of time"
    return tuple(
        Text(each, tokens, late or of_hole >= room)
        for each, tokens, of_hole in zip(cuts, kept, filled, strict=True)
    )


NOTHING = Text(Cut(""), 0, True)
