"""Chunks of clean code, cut out of source files at random places, always the same ones.

A chunk is a few whole lines without the indent of the first, as long as what models are taught to
repair: 16 to 48 tokens of three characters.  No two of them overlap.
"""

import random
import re
from collections.abc import Sequence

from attrs import field, frozen

from diffgem_engine.evaluation.trees import NothingToCut, SourceFile
from diffgem_engine.evaluation.words import Word, words_of

LEAST, MOST = 48, 144  # bytes, so that the longest has few tokens in any script
LEAST_WORDS = 6
LINE_END = re.compile(r"\n|\Z")
FIRST_LINE = 3  # of a file: what stands before it says too little


@frozen(eq=False)
class Chunk:
    """`file.text[start:end]`; `words` are those of the whole file."""

    file: SourceFile
    start: int
    end: int
    words: tuple[Word, ...] = field(repr=False)

    @property
    def prefix(self) -> str:
        return self.file.text[: self.start]

    @property
    def code(self) -> str:
        return self.file.text[self.start : self.end]

    @property
    def suffix(self) -> str:
        return self.file.text[self.end :]

    @property
    def own_words(self) -> tuple[Word, ...]:
        return tuple(w for w in self.words if self.start <= w.start and w.end <= self.end)


def cut_chunks(files: Sequence[SourceFile], limit: int, seed: int = 0) -> list[Chunk]:
    """At most `limit`, any line of code as likely to start one as any other.

    Raises NothingToCut where there are less than two: one half is to choose a threshold on.
    """
    chance = random.Random(seed)
    words: dict[SourceFile, tuple[Word, ...]] = {}
    chunks: list[Chunk] = []
    places = [(file, line) for file in files for line in _lines(file.text)]
    chance.shuffle(places)
    for file, line in places:
        end = _end(file.text, line, chance.randint(LEAST, MOST))
        if end is None or any(c.file is file and c.start < end and line < c.end for c in chunks):
            continue
        chunk = Chunk(file, line, end, words.get(file) or words.setdefault(file, words_of(file)))
        if len(chunk.own_words) >= LEAST_WORDS:
            chunks.append(chunk)
        if len(chunks) == limit:
            break
    if len(chunks) < 2:
        raise NothingToCut(
            "there are not two chunks of code to review; give a larger --limit, or a --source "
            "with more code"
        )
    return chunks


def _lines(text: str) -> list[int]:
    """Where each line's code starts."""
    starts, at = [], 0
    for number, line in enumerate(text.split("\n")):
        if number >= FIRST_LINE and line.strip():
            starts.append(at + len(line) - len(line.lstrip()))
        at += len(line) + 1
    return starts


def _end(text: str, start: int, most: int) -> int | None:
    """The end of the last line that ends at most `most` bytes from `start`; None if too near."""
    end = start
    for match in LINE_END.finditer(text, start):
        if len(text[start : match.start()].encode()) > most:
            break
        end = match.start()
    end = start + len(text[start:end].rstrip())
    return end if len(text[start:end].encode()) >= LEAST else None
