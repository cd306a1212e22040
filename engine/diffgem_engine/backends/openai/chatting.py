"""The `chat` format in text: for a server that has its own template and tokenizer.

The layout is `formats.chat`'s, whose budgets count tokens; here one stands for a few characters,
which is fewer than code has.  So a prompt never grows beyond its share of the server's.
"""

from typing import Any

from attrs import frozen

from diffgem_engine.backends.base import RequestError
from diffgem_engine.core.canvas import CanvasError
from diffgem_engine.formats.chat import FENCE, OPENING, ChatFormat
from diffgem_engine.protocol import Hole, Infill

CHARACTERS = 3  # that a token stands for, at least
BITS = 21  # of a character
BETWEEN = -1  # stands between the user's message and the model's turn
FENCE_TOKENS = 8  # to open one and to close it


@frozen
class Asked:
    """The messages, and what the model's turn has already."""

    message: str
    opening: str

    @property
    def known(self) -> str:
        """The document's last lines before the hole."""
        return self.opening.removeprefix(OPENING)


def lay_out(request: Infill, prompt_tokens: int) -> tuple[Asked, Hole]:
    """For one hole.  Raises RequestError."""
    match request.canvas:
        case [Hole() as hole]:
            pass
        case _:
            raise RequestError(
                "bad-request",
                "the chat format fills one hole and nothing beside it: send just that, or ask an "
                "engine whose server has pinned canvases",
            )
    form = ChatFormat(
        vocab=0, prompt_tokens=prompt_tokens, pad=0, ends=(), closing=(), marks=(),
        before_message=(), after_message=(BETWEEN,), instruction=request.instruction,
    )  # fmt: skip
    try:
        ids = form.prompt(_pack, request.prefix + hole.starts_with, request.suffix)
    except CanvasError as error:
        raise RequestError("bad-request", str(error)) from error
    middle = ids.index(BETWEEN)
    return Asked(_unpack(ids[:middle]), _unpack(ids[middle + 1 :])), hole


def is_long(request: Infill, prompt_tokens: int) -> bool:
    """Whether so many tokens may be too few for its text."""
    return len(request.prefix) + len(request.suffix) > prompt_tokens


def body(asked: Asked, hole: Hole, model: str, seed: int, own_turn: bool) -> dict[str, Any]:
    """`own_turn`: the server goes on with a turn that has begun, as vLLM does, and so writes no
    line a second time.
    """
    messages = [{"role": "user", "content": asked.message}]
    most = hole.slots + FENCE_TOKENS
    common = {"model": model, "stream": True, "seed": seed % 2**31, "stop": [f"\n{FENCE}"]}
    if own_turn:
        messages.append({"role": "assistant", "content": asked.opening})
        return {
            **common, "messages": messages, "max_tokens": most, "logprobs": True,
            "stream_options": {"include_usage": True},
            "add_generation_prompt": False, "continue_final_message": True,
            "chat_template_kwargs": {"enable_thinking": False},
        }  # fmt: skip
    messages[0]["content"] += f"\nThese are those last lines:\n{asked.opening}"
    return {**common, "messages": messages, "max_tokens": most + len(asked.known)}


def read(asked: Asked, text: str, own_turn: bool) -> str:
    """The middle: no fence, none of the lines that were known."""
    if not own_turn:
        text = _unrepeated(_unopened(text), asked.known)
    return text.split(FENCE, 1)[0].removesuffix("\n")


def _unopened(text: str) -> str:
    """Without what was said before the code, and the opening fence with its language."""
    _, fence, code = text.partition(FENCE)
    return code.partition("\n")[2] if fence else text


def _unrepeated(code: str, known: str) -> str:
    """Without as many of the last lines as it repeats."""
    lines = known.splitlines(keepends=True)
    for first in range(len(lines)):
        again = "".join(lines[first:])
        if again.strip() and code.startswith(again):
            return code.removeprefix(again)
    return code


def _pack(text: str) -> list[int]:
    """An id for every few characters, which holds them."""
    cut = range(0, len(text), CHARACTERS)
    return [_packed(text[at : at + CHARACTERS]) for at in cut]


def _packed(piece: str) -> int:
    return sum((ord(letter) + 1) << BITS * at for at, letter in enumerate(piece))


def _unpack(ids: list[int]) -> str:
    letters = []
    for number in ids:
        left = number
        while left:
            letters.append(chr((left & ((1 << BITS) - 1)) - 1))
            left >>= BITS
    return "".join(letters)
