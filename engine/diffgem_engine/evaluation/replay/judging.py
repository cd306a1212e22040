"""What is shown, beside what somebody typed there in the end."""

from attrs import frozen


@frozen
class Judged:
    """`right` where all of `text` was wanted; else `begun` of its characters, whole words, were."""

    text: str
    right: bool
    begun: int

    @property
    def partly(self) -> bool:
        return self.begun > 0 and not self.right

    @property
    def wrong(self) -> bool:
        return self.begun == 0


def judge(text: str, wanted: str) -> Judged:
    """Right also where more was wanted, but not where a word would have gone on."""
    same = _common(text, wanted)
    while same and _in_word(text, wanted, same):
        same -= 1
    if not text[:same].strip():
        same = 0
    return Judged(text, bool(text) and same == len(text), same)


def _common(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _in_word(text: str, wanted: str, at: int) -> bool:
    """Whether a word of either goes on at `at`."""
    after = text[at : at + 1] + wanted[at : at + 1]
    return _is_word(text[at - 1]) and any(map(_is_word, after))


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"
