"""A suggestion that the editor may show, and what the edits after it say of it."""

from attrs import evolve, frozen

from diffgem_lsp.acceptance.spans import least
from diffgem_lsp.documents import Edit

# What an editor types by itself: a closer to an opener, an indent.
PAIRS = frozenset({"()", "[]", "{}", "<>", '""', "''", "``"})


@frozen
class Watched:
    """At `at` the text `removed` would become one of the texts; of what the user has typed since
    only the rest is left.  A text that is typed apart from is empty.
    """

    at: int
    removed: str
    texts: tuple[str, ...]
    taken: bool = False  # some of it came in at once

    @classmethod
    def of(cls, start: int, old: str, texts: tuple[str, ...]) -> "Watched":
        """`old`, at `start`, would become one of `texts`."""
        first = least(Edit(start, old, texts[0]))
        skipped = first.start - start
        kept = len(old) - skipped - len(first.removed)
        middles = (_middle(text, old, skipped, kept) for text in texts)
        return cls(first.start, first.removed, tuple(middles))

    def is_left_of(self, other: "Watched") -> bool:
        """Whether it is what was not typed yet of `other`."""
        same_place = (self.at, self.removed) == (other.at, other.removed)
        return same_place and self.texts[0] in other.texts


@frozen
class News:
    """`what` is accepted, partly or typed; `text` came in at once, at `at`."""

    what: str
    at: int
    text: str


def follow(
    watched: Watched, edit: Edit, text: str | None = None
) -> tuple[Watched | None, News | None]:
    """What is left to watch, None if nothing is, and what the edit says.

    `text` is the document's after the edit, where that is known: an edit that repeats what stands
    there can be told in several ways.
    """
    edit = _as_at(watched.at, least(edit), text)
    end = edit.start + len(edit.removed)
    if edit.start == watched.at and edit.removed == watched.removed:
        return _followed(watched, edit.inserted)
    if edit.start > watched.at + len(watched.removed):
        return watched, None
    if end < watched.at or (end == watched.at and not edit.removed):
        return evolve(watched, at=watched.at + len(edit.inserted) - len(edit.removed)), None
    return None, None


def _followed(watched: Watched, inserted: str) -> tuple[Watched | None, News | None]:
    """It was inserted right there."""
    for text in watched.texts:
        if text and (inserted == text or (inserted.startswith(text) and not watched.removed)):
            return None, _completed(watched, text)
    rests = tuple(_rest(text, inserted) for text in watched.texts)
    if not any(rests) or watched.removed:
        return None, None
    taken = _at_once(inserted)
    left = Watched(watched.at + len(inserted), "", rests, watched.taken or taken)
    return left, News("partly", watched.at, inserted) if taken else None


def _completed(watched: Watched, text: str) -> News | None:
    if watched.removed or _at_once(text):
        return News("accepted", watched.at, text)
    return News("typed", watched.at, "") if not watched.taken else None


def _at_once(inserted: str) -> bool:
    """Not by a key, nor by what an editor adds to one."""
    return len(inserted) > 1 and inserted not in PAIRS and not inserted.isspace()


def _rest(text: str, inserted: str) -> str:
    return text.removeprefix(inserted) if text.startswith(inserted) else ""


def _middle(text: str, old: str, skipped: int, kept: int) -> str:
    """Empty for a text that has not what the first one has in common with `old`."""
    same = text[:skipped] == old[:skipped] and text[len(text) - kept :] == old[len(old) - kept :]
    return text[skipped : len(text) - kept] if same and len(text) >= skipped + kept else ""


def _as_at(at: int, edit: Edit, text: str | None) -> Edit:
    """An insertion behind `at` as one at `at`, if it can be told so.

    "fo" before "foo" is as well an insertion after its "fo", and that is what clients make of it
    that compare texts.
    """
    size, behind = len(edit.inserted), edit.start - at
    if edit.removed or text is None or not 0 < behind <= size:
        return edit
    there = text[at : at + size]
    turned = there[behind:] + there[:behind]
    return Edit(at, "", there) if turned == edit.inserted else edit
