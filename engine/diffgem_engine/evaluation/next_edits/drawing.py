"""Cases of every kind out of a folder of Python, always the same ones."""

import random
from collections.abc import Callable, Iterator, Sequence

from diffgem_engine.evaluation.next_edits import finished, undone
from diffgem_engine.evaluation.next_edits.cases import Case
from diffgem_engine.evaluation.next_edits.python import BUILTINS, ParsedFile
from diffgem_engine.evaluation.trees import NothingToCut, SourceFile

NAMES = 8  # new names that a case may choose from
TRIES = 3  # of a kind in a file
Maker = Callable[[ParsedFile, Sequence[str], random.Random], Case | None]

UNDONE: dict[str, Maker] = {
    "rename": undone.rename,
    "attribute": undone.attribute,
    "repeat": undone.repeat,
    "use": undone.use,
    "parameter": undone.parameter,
    "added": undone.added,
    "removed": undone.removed,
    "slip": finished.slip,
    "rare slip": finished.rare_slip,
}
FINISHED: dict[str, Maker] = {
    "whole rename": finished.whole_rename,
    "other loop": finished.other_loop,
    "later binding": finished.later_binding,
    "swapped name": finished.swapped,
    "foreign name": finished.foreign,
    "typed line": finished.typed_line,
    "default added": finished.default,
    "comment": finished.comment,
}
MAKERS: dict[str, Maker] = {**UNDONE, **FINISHED}


def draw_cases(files: Sequence[SourceFile], limit: int, seed: int = 0) -> list[Case]:
    """At most `limit` of each kind, and of each file at most one of a kind.

    Raises NothingToCut where there are less than two: one half is to choose margins on.
    """
    parsed = [each for file in files if (each := ParsedFile.of(file)) is not None]
    names = {each.path: _local_names(each) for each in parsed}
    every = sorted(set().union(*names.values())) if names else []
    cases: list[Case] = []
    for kind, maker in MAKERS.items():
        chance = random.Random(f"{seed} {kind}")
        order = chance.sample(parsed, len(parsed))
        made = _made(maker, order, every, chance)
        cases.extend(case for _, case in zip(range(limit), made, strict=False))
    if len(cases) < 2:
        raise NothingToCut("there is no Python with functions to edit; give another --source")
    return cases


def _made(
    maker: Maker, files: Sequence[ParsedFile], names: Sequence[str], chance: random.Random
) -> Iterator[Case]:
    for file in files:
        news = [name for name in names if name not in file.counts]
        for _ in range(TRIES):
            drawn = chance.sample(news, min(NAMES, len(news)))
            case = maker(file, drawn, chance)
            if case is not None:
                yield case
                break


def _local_names(file: ParsedFile) -> set[str]:
    """What people call things there."""
    return {
        name
        for function in file.plain_functions
        for name in file.places(function)
        if len(name) > 2 and name not in BUILTINS
    }
