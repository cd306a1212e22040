"""Where a piece of a document is after each edit."""

from attrs import frozen

from diffgem_lsp.acceptance.similarity import common, common_end
from diffgem_lsp.documents import Edit


@frozen
class Span:
    """Code points `start` up to `end`."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


def least(edit: Edit) -> Edit:
    """The same edit without what both its texts begin and end with.

    Clients that send all of a text at every key say with it where the key was.
    """
    removed, inserted = edit.removed, edit.inserted
    if not removed or not inserted:
        return edit
    start = common(removed, inserted)
    removed, inserted = removed[start:], inserted[start:]
    kept = common_end(removed, inserted)
    ends = len(removed) - kept, len(inserted) - kept
    return Edit(edit.start + start, removed[: ends[0]], inserted[: ends[1]])


def moved(span: Span, edit: Edit) -> Span:
    """What is written within the span is of it, what is written at its ends is not.

    Of one that is edited away an empty span stays, where it was.  The edit is a `least` one.
    """
    start, end = edit.start, edit.start + len(edit.removed)
    grown = len(edit.inserted) - len(edit.removed)
    if end <= span.start:
        return Span(span.start + grown, span.end + grown)
    if start >= span.end:
        return span
    if start > span.start and end < span.end:
        return Span(span.start, span.end + grown)
    return _cut(span, edit, end)


def _cut(span: Span, edit: Edit, end: int) -> Span:
    """By an edit that takes its beginning, its end, or both."""
    after = edit.start + len(edit.inserted)
    if edit.start > span.start:
        return Span(span.start, edit.start)
    left = max(0, span.end - end)
    return Span(after, after + left)
