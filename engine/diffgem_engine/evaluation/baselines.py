"""What a model must beat: the previous line, a copy from the file, and a 5-gram model."""

from collections.abc import Iterable, Sequence

import numpy as np

from diffgem_engine.checkpoint.tokenizer import CodeTokenizer
from diffgem_engine.evaluation.cases import LineCase

ORDER = 5
LONGEST_LINE = 40  # tokens
MIX = np.uint64(0x9E3779B97F4A7C15)  # an odd constant: multiplying by it spreads the bits


def repeat_previous(case: LineCase) -> str:
    lines = case.prefix.split("\n")[:-1]
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def copy_following(case: LineCase) -> str:
    """The line that followed the latest earlier occurrence of the previous line."""
    lines = [line.strip() for line in case.prefix.split("\n")[:-1] if line.strip()]
    for i in range(len(lines) - 2, -1, -1):
        if lines[i] == lines[-1]:
            return lines[i + 1]
    return ""


class NGram:
    """The likeliest next token after the last 4, 3, 2, 1 or no tokens that the corpus has seen."""

    def __init__(self, tokenizer: CodeTokenizer, texts: Iterable[str], most_tokens: int) -> None:
        self._tokenizer = tokenizer
        ids = self._read(texts, most_tokens)
        self._tables = [self._table(ids, order) for order in range(ORDER, 1, -1)]

    def _read(self, texts: Iterable[str], most: int) -> np.ndarray:
        parts, total = [], 0
        for text in texts:
            parts.append(np.array(self._tokenizer.encode(text), dtype=np.uint64))
            total += len(parts[-1])
            if total >= most:
                break
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)

    @staticmethod
    def _key(contexts: np.ndarray) -> np.ndarray:
        """[n, order - 1] tokens -> [n] hashes."""
        key = np.zeros(len(contexts), dtype=np.uint64)
        for column in contexts.T:
            key = (key ^ (column + np.uint64(1))) * MIX
            key ^= key >> np.uint64(29)
        return key

    def _table(self, ids: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
        """Sorted context hashes and the token that followed each most often."""
        if len(ids) < order:
            return ids[:0], ids[:0]
        windows = np.lib.stride_tricks.sliding_window_view(ids, order)
        keys, following = self._key(windows[:, :-1]), windows[:, -1]
        arrange = np.lexsort((following, keys))
        keys, following = keys[arrange], following[arrange]
        fresh = np.r_[True, (keys[1:] != keys[:-1]) | (following[1:] != following[:-1])]
        first = np.flatnonzero(fresh)
        counts = np.diff(np.r_[first, len(keys)])
        keys, following = keys[first], following[first]
        best = np.lexsort((-counts, keys))
        keys, following = keys[best], following[best]
        distinct = np.r_[True, keys[1:] != keys[:-1]]
        return keys[distinct], following[distinct]

    def following(self, ids: Sequence[int]) -> int | None:
        for order, (keys, tokens) in zip(range(ORDER, 1, -1), self._tables, strict=True):
            context = np.array([ids[1 - order :]], dtype=np.uint64)
            if context.shape[1] == order - 1:
                key = self._key(context)[0]
                at = int(np.searchsorted(keys, key))
                if at < len(keys) and keys[at] == key:
                    return int(tokens[at])
        return None

    def line(self, case: LineCase) -> str:
        """Greedy to the end of the line."""
        ids = self._tokenizer.encode(case.prefix[-200:])
        start = len(ids)
        while len(ids) - start < LONGEST_LINE:
            token = self.following(ids)
            if token is None or self._tokenizer.decode([token]).startswith("\n"):
                break
            ids.append(token)
        return self._tokenizer.decode(ids[start:]).strip()
