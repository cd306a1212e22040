"""A name that was changed at one place and has its old form at others."""

from collections.abc import Iterator, Sequence

from attrs import frozen

from diffgem_lsp.next_edits.history import Change
from diffgem_lsp.next_edits.places import Place
from diffgem_lsp.next_edits.proposals import Proposal, lock_of
from diffgem_lsp.next_edits.symbols import IDENTIFIER, Names
from diffgem_lsp.snapshots import Snapshot


@frozen
class Renamed:
    """`old` became `new`, which stands at each of `starts` of the text now."""

    old: str
    new: str
    starts: tuple[int, ...]


def proposals(snapshot: Snapshot, changes: Sequence[Change]) -> Iterator[Proposal]:
    """The other places of a name that was changed, where they mean the same.

    A name whose end is being deleted will have another one.
    """
    for each in renamed(snapshot.text, changes):
        if not _is_in_the_making(each, snapshot.offset):
            yield from _others(snapshot, each)


def renamed(text: str, changes: Sequence[Change]) -> list[Renamed]:
    """The latest first."""
    found: dict[tuple[str, str], list[int]] = {}
    for change in reversed(changes):
        start, end = lock_of(change, text)
        new = text[start:end]
        old = text[start : change.start] + change.before + text[change.end : end]
        if _is_name(old) and _is_name(new) and old != new:
            found.setdefault((old, new), []).append(start)
    return [Renamed(old, new, tuple(sorted(starts))) for (old, new), starts in found.items()]


def _is_in_the_making(change: Renamed, cursor: int) -> bool:
    ends = {start + len(change.new) for start in change.starts}
    return cursor in ends and change.old.startswith(change.new)


def _is_name(text: str) -> bool:
    return IDENTIFIER.fullmatch(text) is not None


def _others(snapshot: Snapshot, change: Renamed) -> Iterator[Proposal]:
    """Nothing where the new name had a meaning before."""
    start = change.starts[-1]
    here = Names(snapshot, change.new, start)
    place = here.at(start)
    if place is None or not _is_fresh(here, place, change):
        return
    before = Names(_undone(snapshot, change), change.old, _moved_back(start, change))
    sites = (before.at(_moved_back(each, change)) for each in change.starts)
    known = [site for site in sites if site is not None]
    if not known:
        return
    was = next((site for site in known if before.loop_of(site) is not None), known[-1])
    kind = _kind(here, before, was, change)
    for other in _followers(before, was):
        at = _moved(other.start, change)
        if at not in change.starts:
            text = f"{change.old}: {change.new}" if other.is_shorthand else change.new
            yield Proposal(at, at + len(change.old), text, kind, start)


def _kind(here: Names, before: Names, was: Place, change: Renamed) -> str:
    """A name that has its meaning from an earlier place is not renamed at a later one."""
    if _declares(here, change):
        bound = (each.start for each in before.same_as(was) if before.is_bound_by(each))
        first = min(bound, default=None)  # a tree of broken code may have none
        is_first = first is not None and _moved(first, change) in change.starts
        if is_first or before.loop_of(was) is not None:
            return "rename"
    return "repeat" if len(change.starts) > 1 else "name"


def _followers(names: Names, changed: Place) -> list[Place]:
    """All that mean the same; of a loop's variable that other places bind as well, its own loop."""
    same = names.same_as(changed)
    loop = names.loop_of(changed)
    if loop is None or not any(names.is_bound_by(each) for each in same if each != changed):
        return same
    first, last = loop
    return [each for each in same if first <= each.start < last]


def _is_fresh(here: Names, place: Place, change: Renamed) -> bool:
    """Whether the new name stands where it was put, and elsewhere only where it means just that."""
    others = [each for each in here.places if each.start not in change.starts]
    if not others:
        return True
    same = {each.start for each in here.same_as(place)}
    if not _declares(here, change):
        return not any(each.start in same for each in others)
    return not any(here.is_bound_by(each) for each in others if each.start in same)


def _declares(here: Names, change: Renamed) -> bool:
    places = (here.at(start) for start in change.starts)
    return any(place is not None and here.is_bound_by(place) for place in places)


def _undone(snapshot: Snapshot, change: Renamed) -> Snapshot:
    for start in reversed(change.starts):
        snapshot = snapshot.replaced(start, start + len(change.new), change.old)
    return snapshot


def _moved_back(start: int, change: Renamed) -> int:
    """A place of the text now, in the text before."""
    longer = len(change.new) - len(change.old)
    return start - longer * sum(each < start for each in change.starts)


def _moved(start: int, change: Renamed) -> int:
    """A place of the text before, in the text now."""
    olds = [_moved_back(each, change) for each in change.starts]
    return start + (len(change.new) - len(change.old)) * sum(each < start for each in olds)
