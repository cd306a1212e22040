"""What of a candidate may stand in an opening."""

import re
from functools import cached_property

from attrs import evolve

from diffgem_lsp import filters
from diffgem_lsp.actions.kinds import ActionKind, Opening, Shape
from diffgem_lsp.filters.extent import (
    beyond_block,
    broken_characters,
    line_cap,
    trailing_space,
    whitespace_only,
)
from diffgem_lsp.holes.kinds import HoleKind
from diffgem_lsp.holes.nodes import broken
from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.scopes import error_count

MOST_LINES = 200  # of one opening
MOST_PROSE = 30  # of documentation: more is a model that does not find the end
LEAST_WORDS = 10  # by which repetition is judged
LEAST_DISTINCT = 0.3  # of them; of 6,168 functions of held-out projects 22 have less
_WORD = re.compile(r"\w+")
_LETTER = re.compile(r"[^\W\d_]")


class Judge:
    """Of one opening of a document."""

    def __init__(self, snapshot: Snapshot, opening: Opening, kind: ActionKind) -> None:
        self._document, self._opening, self._kind = snapshot, opening, kind
        self.opened = opening.opened(snapshot)

    def kept(self, text: str) -> filters.Filtered:
        """The text with what leads and what trails, in LF line ends; or why there is none."""
        filtered = filters.apply(text, self._site, self._chain)
        if not filtered.text:
            return filtered
        if self._opening.shape is Shape.PROSE and not _LETTER.search(filtered.text):
            return filters.Filtered("", "the model finds no words")
        if repeats_itself(filtered.text):
            return filters.Filtered("", "the model repeats itself")
        opening = self._opening
        whole = opening.lead + self._closed(filtered.text) + opening.trail
        reason = self._complaint(whole)
        return filters.Filtered("" if reason else whole, reason)

    def _complaint(self, whole: str) -> str:
        start, end = self._opening.start, self._opening.end
        before = self._document.text[start:end].replace("\r\n", "\n").replace("\r", "\n")
        if whole.strip() == before.strip():
            return "the model would leave it as it is"
        if self._errors_with(whole) > self._most_errors:
            mending = self._mends
            return "the model did not mend it" if mending else "it would not parse"
        return ""

    @property
    def _site(self) -> filters.Site:
        hole, shape = hole_at(self.opened), self._opening.shape
        if shape is not Shape.LINE:
            hole = evolve(hole, kind=HoleKind.BLOCK, line_tail="")
        most = MOST_PROSE if shape is Shape.PROSE else MOST_LINES
        return filters.Site(self.opened, hole, most)

    @property
    def _chain(self) -> tuple[filters.Filter, ...]:
        if self._opening.shape is not Shape.PROSE:
            return filters.FILTERS
        return (
            broken_characters, self._up_to_mark, whitespace_only, beyond_block, line_cap,
            trailing_space, whitespace_only,
        )  # fmt: skip

    @property
    def _mark(self) -> str:
        """What closes prose: of a comment that ends with its line, nothing."""
        return self._opening.trail.strip()

    def _up_to_mark(self, text: str, _: filters.Site) -> str:
        return text.split(self._mark or "\n", 1)[0].strip()

    def _closed(self, text: str) -> str:
        """Prose of several lines has its mark on a line of its own."""
        several = self._opening.shape is Shape.PROSE and "\n" in text
        return f"{text}\n{self._site.hole.indent}" if several else text

    @cached_property
    def _mends(self) -> bool:
        """Whether what is opened does not parse as it stands."""
        tree, opening = self._document.tree, self._opening
        return (
            self._kind is ActionKind.FIX
            and tree is not None
            and (broken(tree, opening.end) or broken(tree, opening.start))
        )

    @cached_property
    def _most_errors(self) -> int:
        """No more than there were; where they are to be mended, one less."""
        tree = self._document.at(self._opening.end).tree
        errors = error_count(tree) if tree is not None else 0
        return max(0, errors - self._mends)

    def _errors_with(self, whole: str) -> int:
        tree = self._document.replaced(self._opening.start, self._opening.end, whole).tree
        return error_count(tree) if tree is not None else 0


def repeats_itself(text: str) -> bool:
    """A model that has lost its way says the same few words over and over."""
    words = _WORD.findall(text)
    return len(words) >= LEAST_WORDS and len(set(words)) < LEAST_DISTINCT * len(words)
