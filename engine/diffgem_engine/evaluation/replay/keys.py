"""A text to type -> the keys, as an editor makes edits of them: Enter indents by itself."""

from attrs import define, frozen

OPENERS = (":", "{", "(", "[")


@frozen
class Key:
    """One edit: `removed` characters at `start` become `inserted`; the cursor is behind it."""

    start: int
    removed: int
    inserted: str

    @property
    def end(self) -> int:
        return self.start + len(self.inserted)


def indent_unit(text: str) -> str:
    """What one level is indented by in this file."""
    lines = text.split("\n")
    if any(line.startswith("\t") for line in lines):
        return "\t"
    narrow = any(line[:2] == "  " and line[2:3].strip() for line in lines)
    return "  " if narrow else "    "


@define
class Hand:
    """Types `rest` at `cursor`; `beyond` would come next, and is not typed.

    `surplus` characters before the cursor came with Enter and are in nobody's text: they go with
    the next key, as Backspace takes them, or as the editor does on a line that stays blank.
    """

    cursor: int
    rest: str
    unit: str
    beyond: str = ""
    surplus: int = 0

    @property
    def wanted(self) -> str:
        """What is right at the cursor; nothing, where Backspace comes first."""
        return "" if self.surplus else self.rest + self.beyond

    @property
    def done(self) -> bool:
        return not self.rest and not self.surplus

    def key(self, text: str) -> Key:
        """The next one, for `text` as it is; the hand has moved on."""
        if self.rest.startswith("\n"):
            return self._enter(text)
        if self.surplus:
            return self._backspace()
        return self._type()

    def take(self, accepted: str) -> Key:
        """`accepted`, with which `wanted` begins, all at once."""
        size = len(self.rest)
        self.rest, self.beyond = (
            self.rest[len(accepted) :],
            self.beyond[max(0, len(accepted) - size) :],
        )
        return self._put(0, accepted)

    def _enter(self, text: str) -> Key:
        head = text[text.rfind("\n", 0, self.cursor) + 1 : self.cursor]
        indent = head[: len(head) - len(head.lstrip())]
        if head.rstrip().endswith(OPENERS):
            indent += self.unit
        blank = self.surplus
        wanted = self.rest[1:]
        kept = _common(indent, wanted)
        self.rest, self.surplus = wanted[kept:], len(indent) - kept
        return self._put(blank, "\n" + indent)

    def _backspace(self) -> Key:
        gone, self.surplus = self.surplus, 0
        return self._put(gone, "")

    def _type(self) -> Key:
        """A character, or the rest of an indentation, as Tab puts it in."""
        spaces = len(self.rest) - len(self.rest.lstrip(" \t"))
        typed = self.rest[: spaces if spaces > 1 else 1]
        self.rest = self.rest[len(typed) :]
        return self._put(0, typed)

    def _put(self, removed: int, inserted: str) -> Key:
        key = Key(self.cursor - removed, removed, inserted)
        self.cursor = key.end
        return key


def _common(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
