"""Mistakes that people make, put into clean code: as text, whatever a checkpoint's tokens are."""

import random
import re
from collections.abc import Callable, Sequence

from attrs import frozen

from diffgem_engine.evaluation.chunks import Chunk
from diffgem_engine.evaluation.words import Word, names_of

TRIES = 20
NEAR = 1500  # characters before a chunk in which a renamed name is seen
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Of each group one is easily written for another.
SIGNS = (
    ("==", "!=", "<", ">", "<=", ">="), ("===", "!=="), ("+", "-", "*", "/", "%"),
    ("=", "+=", "-=", "*="), ("&&", "||"), ("&", "|", "^"), ("and", "or"), ("not", "in", "is"),
    ("(", "[", "{"), (")", "]", "}"), (",", ".", ":", ";"), ("if", "elif", "while", "for"),
    ("return", "yield", "raise"), ("break", "continue", "pass"), ("True", "False", "None"),
    ("true", "false", "null"), ("import", "from"), ("try", "with", "else"), ("def", "class"),
)  # fmt: skip


@frozen
class Mistake:
    """`right` stands at `start` of the clean `code`, and `wrong` in its place in `broken`."""

    kind: str
    path: str  # of the file
    prefix: str
    code: str
    suffix: str
    start: int
    right: str
    wrong: str

    @property
    def broken(self) -> str:
        return self.code[: self.start] + self.wrong + self.code[self.start + len(self.right) :]

    @property
    def end(self) -> int:
        """In `broken`."""
        return self.start + len(self.wrong)


def make_mistakes(chunks: Sequence[Chunk], seed: int = 0) -> list[list[Mistake]]:
    """Of each chunk a copy with one mistake of each kind that it has a place for.

    A name that a rename brings is one of another file: with one file there is no rename.
    """
    every = sorted({name for chunk in chunks for name in names_of(chunk.words)})
    made = []
    for chunk in chunks:
        chance = random.Random(f"{seed} {chunk.file.path} {chunk.start}")
        found = [make(chunk, every, chance) for make in KINDS.values()]
        made.append([mistake for mistake in found if mistake is not None])
    return made


def _token(chunk: Chunk, _: Sequence[str], chance: random.Random) -> Mistake | None:
    """Any word becomes any other one of the file's."""
    others = sorted({word.text for word in chunk.words if len(word.text) < 24})
    return _replaced("token", chunk, chunk.own_words, lambda _: chance.choice(others), chance)


def _name(chunk: Chunk, _: Sequence[str], chance: random.Random) -> Mistake | None:
    """A name becomes another one of the file's."""
    others = names_of(chunk.words)
    return _replaced("name", chunk, _names(chunk), lambda _: chance.choice(others), chance)


def _typo(chunk: Chunk, _: Sequence[str], chance: random.Random) -> Mistake | None:
    """One character of a name, not the first, is another one, is missing, or stands there twice.

    What comes of it is no name of the file's.
    """
    known = {word.text for word in chunk.words}

    def misspelt(word: Word) -> str:
        at = chance.randrange(1, len(word.text))
        letter = word.text[at]
        instead = chance.choice((chance.choice(LETTERS), "", 2 * letter))
        text = word.text[:at] + instead + word.text[at + 1 :]
        return word.text if text in known else text

    return _replaced("typo", chunk, _names(chunk), misspelt, chance)


def _sign(chunk: Chunk, _: Sequence[str], chance: random.Random) -> Mistake | None:
    """An operator, a bracket or a keyword becomes one that is easily written for it."""
    groups = {sign: group for group in SIGNS for sign in group}
    words = [word for word in chunk.own_words if word.text in groups]
    return _replaced("sign", chunk, words, lambda w: chance.choice(groups[w.text]), chance)


def _stale(chunk: Chunk, every: Sequence[str], chance: random.Random) -> Mistake | None:
    """A name of the chunk has another one everywhere in the file but at one place of the chunk.

    It stands not far before the chunk as well, so that the rename can be seen.
    """
    near = {w.text for w in chunk.words if chunk.start - NEAR <= w.start < chunk.start}
    words = [word for word in _names(chunk) if word.text in near]
    known = set(re.findall(r"\w+", chunk.file.text))
    others = [name for name in every if name not in known]
    if not words or not others:
        return None
    old, new = chance.choice(words), chance.choice(others)

    def renamed(text: str) -> str:
        return re.sub(rf"\b{old.text}\b", new, text)

    start = len(renamed(chunk.code[: old.start - chunk.start]))
    return Mistake(
        "stale", chunk.file.path, renamed(chunk.prefix), renamed(chunk.code),
        renamed(chunk.suffix), start, new, old.text,
    )  # fmt: skip


KINDS: dict[str, Callable[[Chunk, Sequence[str], random.Random], Mistake | None]] = {
    "token": _token,
    "name": _name,
    "typo": _typo,
    "sign": _sign,
    "stale": _stale,
}


def _names(chunk: Chunk) -> list[Word]:
    return [word for word in chunk.own_words if word.is_name]


def _replaced(
    kind: str,
    chunk: Chunk,
    words: Sequence[Word],
    instead: Callable[[Word], str],
    chance: random.Random,
) -> Mistake | None:
    """One of `words` with what is drawn instead of it; None where that is the same each time."""
    for _ in range(TRIES if words else 0):
        word = chance.choice(words)
        wrong = instead(word)
        if wrong != word.text:
            return Mistake(
                kind, chunk.file.path, chunk.prefix, chunk.code, chunk.suffix,
                word.start - chunk.start, word.text, wrong,
            )  # fmt: skip
    return None
