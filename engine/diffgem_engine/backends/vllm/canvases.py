"""A canvas as vLLM takes it through `vllm_xargs`, and what comes back of it."""

import math
import random
from typing import Any

from attrs import frozen

from diffgem_engine.backends.openai.errors import Garbled
from diffgem_engine.backends.openai.said import whole_number
from diffgem_engine.backends.openai.server import Server
from diffgem_engine.backends.vllm.words import LARGEST_ID
from diffgem_engine.core.canvas import LONGEST_CANVAS, Canvas

STEPS = 16  # most denoising steps, unless a request says otherwise
STRIDE = 16  # of a canvas' width, where any is taken
NAMED = "token_id:"  # what `return_tokens_as_token_ids` writes before an id


@frozen
class Widths:
    """How wide a canvas is to be: as wide as it is served, or in strides up to that."""

    served: int = LONGEST_CANVAS
    any_width: bool = True  # by `diffusion_canvas_length`, which needs --async-scheduling

    def of(self, slots: int) -> int:
        return min(self.served, -(-slots // STRIDE) * STRIDE) if self.any_width else self.served


@frozen
class Denoised:
    """The ids of all slots, and the log probability of each at its last step."""

    ids: tuple[int, ...]
    log_probs: tuple[float, ...]
    prompt_tokens: int
    cached_tokens: int


@frozen
class Seeded:
    """A canvas' slots in full: noise where it is open, and padding behind it, which is pinned."""

    ids: tuple[int, ...]
    pinned: tuple[int, ...]  # positions

    @classmethod
    def of(
        cls, canvas: Canvas, width: int, noise: tuple[int, int], pad: int, seed: int
    ) -> "Seeded":
        """The noise follows from the seed."""
        stream = random.Random(seed)
        slots = zip(canvas.ids, canvas.pinned, strict=True)
        ids = [token if pinned else stream.randrange(*noise) for token, pinned in slots]
        behind = range(len(canvas), width)
        positions = (*(i for i, pinned in enumerate(canvas.pinned) if pinned), *behind)
        return cls((*ids, *(pad for _ in behind)), positions)


@frozen
class Denoising:
    """What all canvases of a request have in common."""

    model: str
    prompt: tuple[int, ...]
    widths: Widths
    steps: int

    def body(self, seeded: Seeded, seed: int) -> dict[str, Any]:
        """One canvas is all that it generates: read-only, so no end of a turn in it ends it."""
        slots = len(seeded.ids)
        return {
            "model": self.model,
            "prompt": list(self.prompt),
            "max_tokens": slots,
            "seed": seed % 2**31,
            "logprobs": 1,
            "return_tokens_as_token_ids": True,
            "vllm_xargs": {
                "diffusion_seed_canvas": list(seeded.ids),
                "diffusion_pinned": list(seeded.pinned),
                "diffusion_max_steps": self.steps,
                "diffusion_read_only": True,
                **({"diffusion_canvas_length": slots} if self.widths.any_width else {}),
            },
        }


async def denoise(server: Server, asked: dict[str, Any], seeded: Seeded) -> Denoised:
    """Raises UpstreamError, also for a canvas whose pinned ids are not those that were sent."""
    answer = await server.json("POST", "/v1/completions", asked)
    try:
        found = read(answer)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise Garbled(server.url, "answers a completion without token ids") from None
    if not holds(found, seeded):
        raise Garbled(server.url, "does not keep what is pinned; it was restarted as another build")
    return found


def read(answer: dict[str, Any]) -> Denoised:
    """Raises what a dict of another shape raises."""
    told = answer["choices"][0]["logprobs"]
    usage = answer.get("usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    return Denoised(
        tuple(_id(name) for name in told["tokens"]),
        tuple(_finite(value) for value in told["token_logprobs"]),
        whole_number(usage.get("prompt_tokens")),
        whole_number(details.get("cached_tokens")),
    )


def holds(found: Denoised, seeded: Seeded) -> bool:
    """Whether all slots came back, and the pinned ones as they were."""
    ids = found.ids
    whole = len(ids) == len(found.log_probs) == len(seeded.ids)
    return whole and all(ids[slot] == seeded.ids[slot] for slot in seeded.pinned)


def _id(name: str) -> int:
    found = int(name.removeprefix(NAMED))
    if not 0 <= found <= LARGEST_ID:
        raise ValueError(name)
    return found


def _finite(value: object) -> float:
    """A number; a token that is not possible at all is -100 nats."""
    found = -100.0 if value is None else float(str(value))
    return min(0.0, found) if math.isfinite(found) else -100.0
