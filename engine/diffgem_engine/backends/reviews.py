"""A reviewed sequence -> the texts of its tokens, and of those that the model finds likelier."""

from collections.abc import Sequence as Rows

from diffgem_engine.checkpoint.tokenizer import CodeTokenizer
from diffgem_engine.core.sequence import Sequence
from diffgem_engine.protocol import ReviewedToken


def reviewed_tokens(tokenizer: CodeTokenizer, sequence: Sequence) -> tuple[ReviewedToken, ...]:
    """One for each token of the code, in order."""
    ids = sequence.request.canvas.ids
    pieces = tokenizer.pieces(ids)
    rows = []
    for at, (text, opinion) in enumerate(zip(pieces, sequence.opinions, strict=True)):
        agrees = opinion.better == ids[at]
        better = text if agrees else _instead(tokenizer, ids, pieces, at, opinion.better)
        rows.append(ReviewedToken(text, opinion.probability, better, opinion.better_probability))
    return tuple(rows)


def _instead(
    tokenizer: CodeTokenizer, ids: Rows[int], pieces: Rows[str], at: int, token: int
) -> str:
    """What `token` adds in place `at`, behind the bytes there that have no text yet."""
    first = at
    while first > 0 and not pieces[first - 1]:
        first -= 1
    return tokenizer.decode([*ids[first:at], token])
