"""What a model takes on its device, by kind, before any of it is there."""

from attrs import frozen
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.core.kv import positions_kept
from diffgem_engine.core.text_config import text_config
from diffgem_engine.quantized.quantization import PIECE, QuantizedWeight

USUAL_SLOTS = 64  # of the canvas that there is to be room for
LOGIT_COPIES = 5  # of its float32 logits, while they are softcapped and sampled from
PIECE_COPIES = 2  # of quantized weights, in the model's dtype, while they are made large again

KINDS = {  # what the name of a weight has in it; the first that fits counts
    "pictures": (".vision_tower.", ".embed_vision."),
    "experts": (".experts.",),
    "embeddings": (".embed_tokens.", "lm_head."),
    "attention": (".self_attn.",),
    "dense layers": (".mlp.", ".self_conditioning."),
    "norms and routers": ("",),
}


@frozen
class Estimate:
    """Bytes.  `weights` by kind; the others while one prompt is cached and one canvas denoised."""

    weights: dict[str, int]
    cached_prompt: int  # keys and values, as the encoder leaves them
    canvas_prompt: int  # of those the copy that the canvas reads
    scratch: int

    @property
    def all_weights(self) -> int:
        return sum(self.weights.values())

    @property
    def total(self) -> int:
        return self.all_weights + self.cached_prompt + self.canvas_prompt + self.scratch

    @property
    def parts(self) -> dict[str, int]:
        """All of it, in words."""
        others = {
            "a prompt's keys and values": self.cached_prompt,
            "their copy for the canvas": self.canvas_prompt,
            "scratch": self.scratch,
        }
        return {**self.weights, **others}


def estimate(model: DiffusionGemmaForBlockDiffusion, prompt_tokens: int) -> Estimate:
    """Of a skeleton, its experts quantized or not, with a prompt of so many tokens."""
    cached, copied = _prompt(model, prompt_tokens)
    return Estimate(weight_bytes(model), cached, copied, _scratch(model))


def weight_bytes(model: DiffusionGemmaForBlockDiffusion) -> dict[str, int]:
    """By kind; what is shared counts once."""
    found = dict.fromkeys(KINDS, 0)
    seen: set[Tensor] = set()
    for name, tensor in (*model.named_parameters(), *model.named_buffers()):
        if tensor not in seen:
            seen.add(tensor)
            found[_kind(name)] += tensor.nbytes
    return {kind: nbytes for kind, nbytes in found.items() if nbytes}


def _kind(name: str) -> str:
    return next(kind for kind, parts in KINDS.items() if any(part in name for part in parts))


def _prompt(model: DiffusionGemmaForBlockDiffusion, tokens: int) -> tuple[int, int]:
    """Of the cached one, and of what its canvas reads a copy of."""
    text = text_config(model.config)
    cached = copied = 0
    for kind, layer in zip(text.layer_types, model.model.decoder.layers, strict=True):
        keys = layer.self_attn.k_proj.weight
        a_position = 2 * keys.shape[0] * keys.element_size()
        window = text.sliding_window if kind == "sliding_attention" else None
        cached += a_position * positions_kept(tokens, window)
        copied += a_position * (tokens if window is None else min(tokens, window - 1))
    return cached, copied


def _scratch(model: DiffusionGemmaForBlockDiffusion) -> int:
    embeddings: Tensor = model.model.decoder.embed_tokens.weight
    logits = LOGIT_COPIES * USUAL_SLOTS * embeddings.shape[0] * 4
    if not any(isinstance(module, QuantizedWeight) for module in model.modules()):
        return logits
    return logits + PIECE_COPIES * PIECE * embeddings.element_size()
