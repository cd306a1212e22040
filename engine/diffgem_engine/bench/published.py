"""The config of the published checkpoint of 26 billion parameters: what it takes is known from it
alone.  And the same layout so small that it runs on any CPU.
"""

from typing import Any, Literal

RandomName = Literal["26b-a4b", "tiny"]

LAYERS, FULL_EVERY = 30, 6

CONFIG: dict[str, Any] = {
    "model_type": "diffusion_gemma",
    "canvas_length": 256,
    "text_config": {
        "vocab_size": 262_144,
        "hidden_size": 2816,
        "intermediate_size": 2112,
        "num_hidden_layers": LAYERS,
        "layer_types": [
            "sliding_attention" if (layer + 1) % FULL_EVERY else "full_attention"
            for layer in range(LAYERS)
        ],
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 256,
        "global_head_dim": 512,
        "num_global_key_value_heads": 2,
        "sliding_window": 1024,
        "max_position_embeddings": 262_144,
        "num_experts": 128,
        "top_k_experts": 8,
        "moe_intermediate_size": 704,
        "use_bidirectional_attention": "vision",
        "pad_token_id": 0,
        "bos_token_id": 2,
        "eos_token_id": [1, 106, 50],
    },
    "vision_config": {
        "model_type": "gemma4_vision",
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_hidden_layers": 27,
        "num_attention_heads": 16,
        "num_key_value_heads": 16,
        "head_dim": 72,
        "standardize": True,
    },
}

_TINY_SIZES = {
    "vocab_size": 1024,
    "hidden_size": 128,
    "intermediate_size": 96,
    "num_hidden_layers": 6,
    "layer_types": CONFIG["text_config"]["layer_types"][:FULL_EVERY],
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "global_head_dim": 32,
    "num_global_key_value_heads": 1,
    "sliding_window": 128,
    "max_position_embeddings": 2048,
    "num_experts": 32,
    "top_k_experts": 4,
    "moe_intermediate_size": 32,
}
TINY: dict[str, Any] = {**CONFIG, "text_config": {**CONFIG["text_config"], **_TINY_SIZES}}
CONFIGS: dict[RandomName, dict[str, Any]] = {"26b-a4b": CONFIG, "tiny": TINY}
