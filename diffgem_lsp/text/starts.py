"""Where the lines of a text start, when it is edited at every key.

An edit moves all lines behind it.  They are kept as they were, with one shift for all of them, so
a key costs two copies of memory and no arithmetic on thousands of lines.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from attrs import field, frozen

_OFFSETS = "q"  # signed, 64 bits


def _offsets(values: Iterable[int] = ()) -> "array[int]":
    return array(_OFFSETS, values)


@frozen(eq=False)
class LineStarts:
    """Ascending offsets: those of `head`, then those of `tail` plus `shift`.  Immutable."""

    _head: "array[int]"
    _tail: "array[int]" = field(factory=_offsets)
    _shift: int = 0

    @classmethod
    def of(cls, offsets: Iterable[int]) -> "LineStarts":
        return cls(_offsets(offsets))

    def __len__(self) -> int:
        return len(self._head) + len(self._tail)

    def __getitem__(self, line: int) -> int:
        behind = line - len(self._head)
        return self._head[line] if behind < 0 else self._tail[behind] + self._shift

    def below(self, offset: int) -> int:
        """How many are less than `offset`."""
        found = bisect_left(self._head, offset)
        if found < len(self._head):
            return found
        return found + bisect_left(self._tail, offset - self._shift)

    def up_to(self, offset: int) -> int:
        """How many are at most `offset`."""
        found = bisect_right(self._head, offset)
        if found < len(self._head):
            return found
        return found + bisect_right(self._tail, offset - self._shift)

    def replaced(self, first: int, rest: int, new: Iterable[int], shift: int) -> "LineStarts":
        """The first `first`, then `new`, then those from number `rest` on, moved by `shift`."""
        head = self._until(first)
        head.extend(new)
        return LineStarts(head, self._unshifted_from(rest), self._shift + shift)

    def _until(self, number: int) -> "array[int]":
        beyond = number - len(self._head)
        if beyond <= 0:
            return self._head[:number]
        return self._head + _offsets(at + self._shift for at in self._tail[:beyond])

    def _unshifted_from(self, number: int) -> "array[int]":
        beyond = number - len(self._head)
        if beyond >= 0:
            return self._tail[beyond:]
        return _offsets(at - self._shift for at in self._head[number:]) + self._tail
