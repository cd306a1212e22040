"""What a checkpoint's config says of the language model, as it stands in a model that was built."""

from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from transformers import DiffusionGemmaConfig


class TextConfig(Protocol):
    """The fields of transformers' `DiffusionGemmaTextConfig` that are read here.

    There several may be None, and the config itself a dict: not once it has been validated.
    """

    attention_bias: bool
    attention_dropout: float
    final_logit_softcapping: float
    hidden_activation: str
    hidden_size: int
    layer_types: list[str]
    max_position_embeddings: int
    num_attention_heads: int
    num_experts: int
    num_hidden_layers: int
    num_key_value_heads: int
    rms_norm_eps: float
    sliding_window: int
    top_k_experts: int
    use_bidirectional_attention: str | None
    vocab_size: int


def text_config(config: "DiffusionGemmaConfig") -> TextConfig:
    """Of a model's config."""
    return cast("TextConfig", config.text_config)
