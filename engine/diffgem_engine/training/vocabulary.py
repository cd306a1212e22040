"""Learn the byte-level vocabulary of a corpus."""

import random
from collections.abc import Iterable, Iterator, Sequence

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from diffgem_engine.checkpoint.tokenizer import RESERVED, SPECIALS
from diffgem_engine.training.corpus.documents import Document

# A run of line breaks with the indent after it is one piece, so a new line costs one token; a
# word takes one leading sign or space with it; digits come three at a time.
PIECE = (
    r"\n+[ \t]*"
    r"|[^\n\p{L}\p{N}]?\p{L}+"
    r"|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+"
    r"|[^\S\n]+(?=\S)|[^\S\n]+"
)


def sample(documents: Sequence[Document], characters: int) -> Iterator[str]:
    """Texts drawn at random, always alike, until `characters` are reached."""
    order = list(range(len(documents)))
    random.Random(0).shuffle(order)
    for index in order:
        if characters <= 0:
            return
        characters -= len(documents[index].text)
        yield documents[index].text


def learn(texts: Iterable[str], size: int) -> Tokenizer:
    """Byte pair encoding with `size` ids, the first `RESERVED` of them special."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECE), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    names = [*SPECIALS, *(f"<reserved_{i}>" for i in range(len(SPECIALS), RESERVED))]
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=names,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
        max_token_length=24,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
