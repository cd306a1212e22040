"""Experts in eight and four bits: what they change, and what the published checkpoint takes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from diffgem_engine.bench.figures import Figure, Measurement
from diffgem_engine.bench.published import CONFIG
from diffgem_engine.bench.setup import Setup, loaded
from diffgem_engine.bench.sources import places
from diffgem_engine.core.text_config import text_config
from diffgem_engine.formats.native import InfillFormat

if TYPE_CHECKING:
    from transformers import DiffusionGemmaForBlockDiffusion

    from diffgem_engine.checkpoint.loading import Checkpoint
    from diffgem_engine.quantized.quantization import Quantize

KINDS: "tuple[Quantize, ...]" = ("fp8", "int4")
PROMPT_TOKENS = 192
LONG_PROMPT = 8192
MOST_GB = 18.0  # of the published checkpoint with four bits, at LONG_PROMPT
EXPERTS, CHOSEN, NOISE = 32, 4, 0.3  # where a checkpoint has one expert a layer


def measure(setup: Setup) -> Measurement:
    """`KIND_kl_mean_mnats`, thousandths of a nat from the same weights in float32, and
    `KIND_same_argmax`, over the slots of canvases in real code: of the checkpoint, if it has
    several experts a layer, and else of what the title says.  `fp8_scaled_*` the same of products
    of eight-bit floats, as some GPUs make them.

    `published_KIND_gb`: what the checkpoint of 26 billion parameters takes in bfloat16 at a prompt
    of 8,192 tokens, reckoned from its config alone.
    """
    from diffgem_engine.bench.agreement import agreement  # noqa: PLC0415 - of the extra

    figures = []
    with _many_experts(setup) as (folder, what):
        exact = loaded(folder)
        prompts = [*_prompts(exact, setup.count(8, 2))]
        for name, few in _quantized(folder):
            found = agreement(exact.model, few, prompts)
            figures.append(Figure(f"{name}_kl_mean_mnats", 1000 * found.kl, "mnats"))
            figures.append(Figure(f"{name}_same_argmax", found.same))
    return Measurement(f"quantized experts of {what}", (*figures, *_published()))


def _quantized(
    folder: str | Path | None,
) -> "Iterator[tuple[str, DiffusionGemmaForBlockDiffusion]]":
    """In every way that a device may compute with it."""
    from diffgem_engine.quantized.experts import QuantizedExperts  # noqa: PLC0415

    for kind in KINDS:
        model = loaded(folder, kind).model
        yield kind, model
        every = [module for module in model.modules() if isinstance(module, QuantizedExperts)]
        if every[0].as_stored is not None:
            for experts in every:
                experts.scaled = True
            yield f"{kind}_scaled", model


def _prompts(checkpoint: "Checkpoint", count: int) -> Iterator[list[int]]:
    for place in places(count, 80):
        yield checkpoint.tokenizer.encode(place.text[: place.offset])[-PROMPT_TOKENS:]


def _published() -> Iterator[Figure]:
    import torch  # noqa: PLC0415 - takes seconds

    from diffgem_engine.checkpoint.estimate import estimate  # noqa: PLC0415
    from diffgem_engine.checkpoint.memory import Described  # noqa: PLC0415

    published = Described("the published checkpoint", CONFIG)
    for kind in ("none", *KINDS):
        plan = estimate(published.skeleton(torch.bfloat16, kind), LONG_PROMPT)
        name = "bf16" if kind == "none" else kind
        most = MOST_GB if kind == "int4" else None
        yield Figure(f"published_{name}_gb", plan.total / 1e9, "GB", at_most=most)


@contextmanager
def _many_experts(setup: Setup) -> Iterator[tuple[str | Path | None, str]]:
    """A checkpoint with several experts a layer, and what it is."""
    base = setup.checkpoint
    form = base.form
    if text_config(base.model.config).num_experts > 1 or not isinstance(form, InfillFormat):
        yield setup.model, base.name
        return
    with tempfile.TemporaryDirectory(prefix="dgb-") as folder:
        yield _divided(base, form, Path(folder)), f"{base.name}, its one expert made {EXPERTS}"


def _divided(base: "Checkpoint", form: InfillFormat, folder: Path) -> Path:
    """`base` with many experts a layer, each a noisy copy of the one that it has: as no such
    checkpoint is at hand, one whose other weights know what code is.
    """
    import torch  # noqa: PLC0415
    from transformers import DiffusionGemmaForBlockDiffusion  # noqa: PLC0415

    from diffgem_engine.training.export import save_checkpoint  # noqa: PLC0415

    config = type(base.model.config).from_dict(base.model.config.to_dict())
    text_config(config).num_experts, text_config(config).top_k_experts = EXPERTS, CHOSEN
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model = DiffusionGemmaForBlockDiffusion(config)
        model.eval()
        ours, known = model.state_dict(), base.model.state_dict()
        for name, weight in known.items():
            if weight.shape == ours[name].shape:
                ours[name].copy_(weight)
            elif "router.proj" in name:
                ours[name].normal_()
            else:
                ours[name].copy_(weight * (1 + NOISE * torch.randn_like(ours[name])))
    vocabulary = folder / "tokenizer.json"
    vocabulary.write_text(base.tokenizer.to_str(), encoding="utf-8")
    save_checkpoint(model, form, vocabulary, folder / "model", base.sampling)
    return folder / "model"
