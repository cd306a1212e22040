"""A file in which somebody has just edited something, and what should follow."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from diffgem_lsp.documents import Edit
from diffgem_lsp.next_edits.history import Change, with_edit
from diffgem_lsp.snapshots import Snapshot

Span = tuple[int, int]  # of a text


@frozen(eq=False)
class Case:
    """`text` is the file after the edits, with `changes` the latest last.

    `expected` are all edits that should follow, none where nothing should.
    """

    kind: str
    path: str
    text: str = field(repr=False)
    changes: tuple[Change, ...]
    expected: Mapping[Span, str] = field(factory=dict)

    def snapshot(self) -> Snapshot:
        """With the cursor behind the latest edit."""
        return Snapshot.of(self.text, self.changes[-1].end, "python")


def edited(
    kind: str, path: str, text: str, edits: Sequence[tuple[int, int, str]],
    expected: Mapping[Span, str] | None = None,
) -> Case:  # fmt: skip
    """The case of a `text` to which `edits` are made, each given by its place in that text and not
    overlapping, in the order in which the user makes them; the same goes for what is `expected`.
    """
    changes: tuple[Change, ...] = ()
    made: list[tuple[int, int, str]] = []
    for start, end, new in edits:
        at = _moved(start, made)
        changes = with_edit(changes, Edit(at, text[start:end], new))
        made.append((start, end, new))
    after = {
        (_moved(start, made), _moved(start, made) + end - start): new
        for (start, end), new in (expected or {}).items()
    }
    for start, end, new in sorted(made, reverse=True):
        text = text[:start] + new + text[end:]
    return Case(kind, path, text, changes, after)


def _moved(place: int, made: Sequence[tuple[int, int, str]]) -> int:
    return place + sum(len(new) - (end - start) for start, end, new in made if start < place)
