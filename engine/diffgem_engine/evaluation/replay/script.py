"""A commit's change of a file -> what is typed of it: all, or a stretch drawn from it."""

import random
from collections.abc import Sequence

from attrs import evolve, frozen

from diffgem_engine.evaluation.replay.history import Change
from diffgem_engine.evaluation.replay.splices import Splice, splices


@frozen
class Script:
    """`text` is the file before the first splice; `beyond` goes on where the last one is cut off,
    and is not typed.
    """

    change: Change
    text: str
    splices: tuple[Splice, ...]
    beyond: str = ""

    @property
    def characters(self) -> int:
        return sum(len(each.inserted) for each in self.splices)


def script_of(change: Change, most: int, drawn: random.Random) -> Script:
    """At most about `most` characters of typing: whole lines, one after the other."""
    found = splices(change.before, change.after)
    total = sum(len(each.inserted) for each in found)
    if total <= most:
        return Script(change, change.before, tuple(found))
    return _stretch(change, found, drawn.randrange(total - most), most)


def _stretch(change: Change, found: Sequence[Splice], first: int, most: int) -> Script:
    """From character `first` of all that is inserted; what is before it stands there already."""
    text, seen = change.before, 0
    for number, each in enumerate(found):
        skipped = _line_end(each.inserted, first - seen) if first > seen else 0
        if skipped < len(each.inserted):
            text = (
                _applied(text, evolve(each, inserted=each.inserted[:skipped])) if skipped else text
            )
            rest = evolve(each, start=each.start + skipped, inserted=each.inserted[skipped:])
            begun = evolve(rest, removed=0) if skipped else rest
            return _cut(Script(change, text, (begun, *found[number + 1 :])), most)
        text = _applied(text, each)
        seen += len(each.inserted)
    return Script(change, text, ())


def _begun(script: Script, typed: int) -> Script:
    """With so much of the first splice there already."""
    if not typed:
        return script
    first, *others = script.splices
    text = _applied(script.text, evolve(first, inserted=first.inserted[:typed]))
    rest = Splice(first.start + typed, 0, first.inserted[typed:])
    return evolve(script, text=text, splices=(rest, *others))


def _cut(script: Script, most: int) -> Script:
    kept: list[Splice] = []
    for each in script.splices:
        left = most - sum(len(one.inserted) for one in kept)
        if left <= 0:
            break
        end = _line_end(each.inserted, left)
        kept.append(evolve(each, inserted=each.inserted[:end]))
        if end < len(each.inserted):
            return evolve(script, splices=tuple(kept), beyond=each.inserted[end:])
    return evolve(script, splices=tuple(kept))


def _line_end(text: str, at: int) -> int:
    """The first one from `at` on."""
    found = text.find("\n", at)
    return len(text) if found < 0 or at > len(text) else found


def _applied(text: str, splice: Splice) -> str:
    return text[: splice.start] + splice.inserted + text[splice.start + splice.removed :]
