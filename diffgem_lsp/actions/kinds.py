"""The code actions there are, and what of a document each of them opens."""

from enum import Enum

from attrs import evolve, frozen
from lsprotocol.types import Diagnostic

from diffgem_lsp.snapshots import Snapshot

REWRITES = "refactor.rewrite.diffgem"


class ActionKind(Enum):
    """The values go over the wire."""

    FIX = "fix"
    FILL = "fill"
    FILL_ALL = "fillAll"
    COMPLETE = "complete"
    DOCUMENT = "document"
    REGENERATE = "regenerate"
    REWRITE = "rewrite"

    @property
    def lsp(self) -> str:
        """A kind of its own, so that a key can be bound to it."""
        return "quickfix.diffgem" if self is ActionKind.FIX else f"{REWRITES}.{self.value}"

    @property
    def replaces(self) -> bool:
        """Whether code that somebody has written goes, other than a placeholder."""
        return self in (ActionKind.FIX, ActionKind.REGENERATE, ActionKind.REWRITE)


class Shape(Enum):
    """What an opening's text may be."""

    LINE = "line"  # what a completion there may be
    CODE = "code"  # whole lines, as many as it takes
    PROSE = "prose"  # as far as the mark that closes it; of one line where none does


@frozen
class Opening:
    """`start..end` of a document, for which `lead`, a hole and `trail` are put.

    In code points.  What leads and trails never changes: the one ends the prefix, the other begins
    the suffix, and so is pinned behind the hole.  Both have LF line ends.
    """

    start: int
    end: int
    shape: Shape
    lead: str = ""
    trail: str = ""

    def opened(self, snapshot: Snapshot) -> Snapshot:
        """The document with the hole open and empty, and the cursor in it."""
        made = snapshot.replaced(self.start, self.end, self.lead + self.trail)
        return made.at(self.start + len(self.lead))

    def moved(self, by: int) -> "Opening":
        return evolve(self, start=self.start + by, end=self.end + by)


@frozen
class Offer:
    """One entry of the editor's menu.  Several openings are filled together."""

    kind: ActionKind
    title: str
    openings: tuple[Opening, ...]
    diagnostic: Diagnostic | None = None
    instruction: str = ""
