"""A checkpoint in the layout of the published one, small; and what the big one's weights are."""

import copy
import json
from functools import cache

import torch
from checkpoints import python_files
from transformers import (
    DiffusionGemmaConfig,
    DiffusionGemmaForBlockDiffusion,
    DiffusionGemmaGenerationConfig,
    DiffusionGemmaTextConfig,
    Gemma4VisionConfig,
)
from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig

from diffgem_engine.bench.published import CONFIG
from diffgem_engine.training.vocabulary import learn

SHARD_BYTES = 60_000
WORDS = 400
NAMED = {
    "<pad>": 0, "<eos>": 1, "<bos>": 2, "<unk>": 3, "<mask>": 4,
    **{f"<unused{i}>": 6 + i for i in range(40)},
    "<|tool_response>": 50, "<|turn>": 105, "<turn|>": 106,
}  # fmt: skip
ENDS = [1, 106, 50]
OTHER_FILES = {
    "tokenizer_config.json": {
        "tokenizer_class": "GemmaTokenizer", "bos_token": "<bos>", "eos_token": "<eos>",
        "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>",
    },
    "processor_config.json": {"processor_class": "Gemma4Processor", "image_seq_length": 280},
    "preprocessor_config.json": {
        "image_processor_type": "Gemma4ImageProcessor", "patch_size": 16, "pooling_kernel_size": 3,
        "max_soft_tokens": 280,
    },
}  # fmt: skip
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|turn>"
    "{{ 'model' if message['role'] == 'assistant' else message['role'] }}\n"
    "{{ message['content'] | trim }}<turn|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|turn>model\n{% endif %}"
)


def _text(**sizes):
    return DiffusionGemmaTextConfig(
        use_bidirectional_attention="vision", pad_token_id=0, eos_token_id=ENDS, bos_token_id=2,
        **sizes,
    )  # fmt: skip


def full_config():
    """That of the checkpoint with 26 billion parameters."""
    return DiffusionGemmaConfig.from_dict(copy.deepcopy(CONFIG))


def small_config(**sizes):
    """The same in everything but its sizes."""
    small = {
        "vocab_size": WORDS + len(NAMED), "hidden_size": 32, "intermediate_size": 48,
        "num_hidden_layers": 6, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
        "global_head_dim": 16, "num_global_key_value_heads": 1, "sliding_window": 16,
        "max_position_embeddings": 1024, "num_experts": 8, "top_k_experts": 2,
        "moe_intermediate_size": 16,
    }  # fmt: skip
    return DiffusionGemmaConfig(
        text_config=_text(**{**small, **sizes}),
        vision_config=Gemma4VisionConfig(
            hidden_size=8, intermediate_size=12, num_hidden_layers=2, num_attention_heads=2,
            num_key_value_heads=2, head_dim=4, position_embedding_size=16, standardize=True,
        ),
        boi_token_id=60, eoi_token_id=61, image_token_id=62,
    )  # fmt: skip


def published_model(config=None):
    """Random weights, the same every time, in the dtype that checkpoints are published in."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model = DiffusionGemmaForBlockDiffusion(config or small_config()).eval()
        for name, tensor in (*model.named_parameters(), *model.named_buffers()):
            if tensor.ndim == 1:  # a norm, a scale: of one, as they begin, none would be missed
                tensor.uniform_(0.5, 1.0) if "inv_freq" not in name else None
        model.model.decoder.embed_tokens.weight.normal_(std=0.6)
        for layer in model.model.decoder.layers:
            layer.router.proj.weight.normal_()
    return model.to(torch.bfloat16)


def write_sharded(folder, config=None, shard_bytes=SHARD_BYTES):
    """Every file that the published checkpoint has, and no infill format."""
    model = published_model(config)
    model.generation_config = DiffusionGemmaGenerationConfig(
        max_denoising_steps=48, t_min=0.4, t_max=0.8, stability_threshold=1,
        confidence_threshold=0.005, sampler_config=EntropyBoundSamplerConfig(entropy_bound=0.1),
        bos_token_id=2, eos_token_id=ENDS, pad_token_id=0,
    )  # fmt: skip
    model.save_pretrained(folder, max_shard_size=shard_bytes)
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer()))
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    for name, fields in OTHER_FILES.items():
        (folder / name).write_text(json.dumps(fields))
    return folder


@cache
def _learned():
    texts = [path.read_text(encoding="utf-8") for path in python_files(6)]
    return json.loads(learn(texts, WORDS).to_str())


def _tokenizer():
    """Its special tokens where the published one has them, and words on all other ids."""
    learned = _learned()
    special = {token["content"] for token in learned["added_tokens"]}
    words = [word for word in learned["model"]["vocab"] if word not in special]
    free = (i for i in range(WORDS + len(NAMED)) if i not in NAMED.values())
    ids = {**NAMED, **dict(zip(words, free, strict=False))}
    ids |= {f"<other{i}>": i for i in free}
    shape = learned["added_tokens"][0]
    added = [
        {**shape, "content": name, "id": i, "special": not name.startswith("<unused")}
        for name, i in sorted(ids.items(), key=lambda pair: pair[1])
        if name in NAMED or name.startswith("<other")
    ]
    model = {**learned["model"], "vocab": ids}
    return {**learned, "model": model, "added_tokens": added}


def stored_weights(config):
    """The names of a published checkpoint's weights, those of the vision tower left out, and their
    shapes: what encoder and decoder share is stored once, but every layer's scalar twice.
    """
    text = config.text_config
    wide = text.hidden_size
    found = {"model.decoder.embed_tokens.weight": (text.vocab_size, wide)}
    found["model.decoder.norm.weight"] = (wide,)
    found |= {f"model.decoder.self_conditioning.{k}": v for k, v in _gated(text).items()}
    found["model.decoder.self_conditioning.pre_norm.weight"] = (wide,)
    for i, kind in enumerate(text.layer_types):
        for name, shape in _layer(text, kind == "full_attention", i).items():
            found[f"model.decoder.layers.{i}.{name}"] = shape
        found[f"model.encoder.language_model.layers.{i}.layer_scalar"] = (1,)
    return found


def _gated(text):
    wide, inner = text.hidden_size, text.intermediate_size
    return {
        "gate_proj.weight": (inner, wide),
        "up_proj.weight": (inner, wide),
        "down_proj.weight": (wide, inner),
    }


def _layer(text, full, index):
    wide, experts, inner = text.hidden_size, text.num_experts, text.moe_intermediate_size
    head = text.per_layer_config[index].head_dim
    queries = text.num_attention_heads * head
    keys = text.per_layer_config[index].num_key_value_heads * head
    norms = ("input_layernorm", "post_attention_layernorm")
    norms += tuple(f"{at}_feedforward_layernorm" for at in ("pre", "post"))
    norms += tuple(f"{at}_feedforward_layernorm_2" for at in ("pre", "post"))
    return {
        "self_attn.q_proj.weight": (queries, wide),
        "self_attn.k_proj.weight": (keys, wide),
        **({} if full else {"self_attn.v_proj.weight": (keys, wide)}),
        "self_attn.o_proj.weight": (wide, queries),
        "self_attn.q_norm.weight": (head,),
        "self_attn.k_norm.weight": (head,),
        **{f"mlp.{name}": shape for name, shape in _gated(text).items()},
        **{f"{name}.weight": (wide,) for name in (*norms, "post_feedforward_layernorm_1")},
        "router.proj.weight": (experts, wide),
        "router.scale": (wide,),
        "router.per_expert_scale": (experts,),
        "experts.gate_up_proj": (experts, 2 * inner, wide),
        "experts.down_proj": (experts, wide, inner),
        "layer_scalar": (1,),
    }
