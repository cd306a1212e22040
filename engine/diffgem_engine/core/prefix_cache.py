"""Encoder KV kept across keystrokes: longest common prefix, byte budget, least recently used."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np
from attrs import define, field


class Payload(Protocol):
    """The KV of a prompt: this module only counts and keeps it."""

    @property
    def nbytes(self) -> int: ...

    def reused(self, length: int) -> int:
        """How many of its first `length` ids need not be read again."""


P = TypeVar("P", bound=Payload)

# An entry of which a newer prompt shares all but this many tokens is superseded by it: it is the
# same buffer a few keys earlier.
SUPERSEDED_TAIL = 16


@define(eq=False)  # arrays do not compare to one truth value
class Entry(Generic[P]):
    ids: np.ndarray
    payload: P


@define
class Match(Generic[P]):
    """The first `length` ids of a prompt are the first of `payload`'s."""

    payload: P
    length: int


@define
class PrefixCache(Generic[P]):
    """Most recently used last.  At most `budget` bytes, but always the newest entry."""

    budget: int
    _entries: list[Entry[P]] = field(factory=list)

    @property
    def nbytes(self) -> int:
        return sum(entry.payload.nbytes for entry in self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def match(self, ids: Sequence[int]) -> Match[P] | None:
        """The entry with the longest common prefix of use, if there is one; it becomes newest."""
        wanted = np.asarray(ids)
        best, length = None, 0
        for entry in self._entries:
            common = entry.payload.reused(common_length(entry.ids, wanted))
            if common > length:
                best, length = entry, common
        if best is None:
            return None
        self._entries.remove(best)
        self._entries.append(best)
        return Match(best.payload, length)

    def clear(self) -> None:
        self._entries = []

    def put(self, ids: Sequence[int], payload: P) -> None:
        """Keep a prompt's KV; entries that it makes needless and the oldest ones go."""
        new = np.asarray(ids)
        self._entries = [e for e in self._entries if not _superseded(e.ids, new)]
        self._entries.append(Entry(new, payload))
        while self.nbytes > self.budget and len(self._entries) > 1:
            self._entries.pop(0)


def common_length(a: np.ndarray, b: np.ndarray) -> int:
    size = min(len(a), len(b))
    different = np.flatnonzero(a[:size] != b[:size])
    return int(different[0]) if len(different) else size


def _superseded(old: np.ndarray, new: np.ndarray) -> bool:
    return common_length(old, new) >= len(old) - SUPERSEDED_TAIL
