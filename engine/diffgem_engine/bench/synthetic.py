"""Tokenizer and infill format for weights that were never taught any."""

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from diffgem_engine.checkpoint.memory import LONGEST_ROOM
from diffgem_engine.checkpoint.tokenizer import BYTES, RESERVED, SPECIALS, CodeTokenizer
from diffgem_engine.core.canvas import LONGEST_CANVAS
from diffgem_engine.core.text_config import TextConfig
from diffgem_engine.formats.native import InfillFormat


def synthetic_tokenizer(vocab: int) -> CodeTokenizer:
    """A token for every byte, behind the special ones; the ids beyond have a name each."""
    special = [*SPECIALS, *(f"<spare{i}>" for i in range(RESERVED - len(SPECIALS)))]
    names = [*special, *BYTES]
    names += [f"<other{i}>" for i in range(len(names), vocab)]
    tokenizer = Tokenizer(models.BPE(vocab={name: i for i, name in enumerate(names)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in special])
    return CodeTokenizer(tokenizer)


def synthetic_format(config: TextConfig) -> InfillFormat:
    """The longest prompts that there are positions for, and noise as published."""
    room = min(LONGEST_ROOM, config.max_position_embeddings - LONGEST_CANVAS)
    return InfillFormat(
        vocab=config.vocab_size,
        prompt_tokens=room,
        suffix_tokens=room // 4,
        head_tokens=8,
        noise="uniform",
    )
