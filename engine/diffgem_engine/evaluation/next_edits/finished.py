"""Cases in which nothing should follow; and slips near such an edit, which have nothing to do with
it.
"""

import ast
import random
import re
from collections.abc import Sequence

from diffgem_engine.evaluation.mistakes import LETTERS
from diffgem_engine.evaluation.next_edits.cases import Case, edited
from diffgem_engine.evaluation.next_edits.python import BUILTINS, ParsedFile

LEAST_LINE = 8  # characters of a line that is typed
NEAR_LINES = 6  # between a slip and the edit


def whole_rename(file: ParsedFile, news: Sequence[str], chance: random.Random) -> Case | None:
    """All places of a local name are changed."""
    every = _locals(file)
    if not every or not news:
        return None
    name, places = chance.choice(every)
    new = chance.choice(news)
    edits = [(at, at + len(name), new) for at, _ in places]
    return edited("whole rename", file.path, file.text, edits)


def other_loop(file: ParsedFile, news: Sequence[str], chance: random.Random) -> Case | None:
    """The variable of one of two loops is changed all through its loop."""
    every = []
    for function in file.plain_functions:
        loops = [node for node in ast.walk(function) if isinstance(node, ast.For)]
        for loop in loops:
            name = loop.target.id if isinstance(loop.target, ast.Name) else ""
            twins = [n for n in loops if isinstance(n.target, ast.Name) and n.target.id == name]
            inside = {file.start(n) for n in ast.walk(loop) if isinstance(n, ast.Name)}
            places = [at for at, _ in file.places(function).get(name, ()) if at in inside]
            if len(twins) > 1 and len(places) > 1:
                every.append((name, places))
    if not every or not news:
        return None
    name, places = chance.choice(every)
    new = chance.choice(news)
    edits = [(at, at + len(name), new) for at in places]
    return edited("other loop", file.path, file.text, edits)


def later_binding(file: ParsedFile, news: Sequence[str], chance: random.Random) -> Case | None:
    """A name that is bound before is called otherwise where it is bound for the last time."""
    every = [
        (name, bound)
        for function in file.plain_functions
        for name, places in file.places(function).items()
        if len(bound := [at for at, is_bound in places if is_bound]) > 1
        and name not in file.loop_names
    ]
    if not every or not news:
        return None
    name, bound = chance.choice(every)
    edit = (bound[-1], bound[-1] + len(name), chance.choice(news))
    return edited("later binding", file.path, file.text, [edit])


def swapped(file: ParsedFile, _: Sequence[str], chance: random.Random) -> Case | None:
    """A name is changed into another one of the same function."""
    every = [
        (name, places, [*file.places(function)])
        for function in file.plain_functions
        for name, places in file.places(function).items()
        if len(places) > 1 and len(file.places(function)) > 1
    ]
    if not every:
        return None
    name, places, names = chance.choice(every)
    uses = [at for at, bound in places if not bound]
    if not uses:
        return None
    at, new = chance.choice(uses), chance.choice([each for each in names if each != name])
    return edited("swapped name", file.path, file.text, [(at, at + len(name), new)])


def foreign(file: ParsedFile, news: Sequence[str], chance: random.Random) -> Case | None:
    """Something else of another object is asked for: a name of no meaning in this file yet."""
    every = [
        (name, at)
        for name, places in file.attributes.items()
        for at, stored, of_self in places
        if not stored and not of_self and len(places) > 1
    ]
    if not every or not news:
        return None
    name, at = chance.choice(every)
    return edited("foreign name", file.path, file.text, [(at, at + len(name), chance.choice(news))])


def typed_line(file: ParsedFile, _: Sequence[str], chance: random.Random) -> Case | None:
    """A line of the file is typed."""
    at = _simple_line(file, chance)
    return edited("typed line", file.path, *_typed(file.text, *at)) if at is not None else None


def default(file: ParsedFile, news: Sequence[str], chance: random.Random) -> Case | None:
    """A parameter with a default is added: all calls are as good as before."""
    every = [
        function.args.args[-1]
        for function, _ in file.functions()
        if function.args.args
        and not (function.args.vararg or function.args.kwonlyargs or function.args.kwarg)
        and function.args.args[-1].arg != "self"
        and not function.args.defaults
    ]
    if not every or not news:
        return None
    at = file.end(chance.choice(every))
    return edited(
        "default added", file.path, file.text, [(at, at, f", {chance.choice(news)}=None")]
    )


def comment(file: ParsedFile, _: Sequence[str], chance: random.Random) -> Case | None:
    """A comment is put behind a statement."""
    at = _simple_line(file, chance)
    if at is None:
        return None
    return edited(
        "comment", file.path, file.text, [(at[1], at[1], "  # the caller has to look after this")]
    )


def slip(file: ParsedFile, _: Sequence[str], chance: random.Random) -> Case | None:
    """A line is typed, and near it a name that stands elsewhere too is misspelt."""
    return _slip("slip", file, _used(file), chance)


def rare_slip(file: ParsedFile, _: Sequence[str], chance: random.Random) -> Case | None:
    """The same with a name that the file has nowhere else: one has to know it."""
    return _slip("rare slip", file, _used_once(file), chance)


def _slip(
    kind: str, file: ParsedFile, names: list[tuple[str, int]], chance: random.Random
) -> Case | None:
    line = _simple_line(file, chance)
    if line is None:
        return None
    near = [
        (at, name)
        for name, at in names
        if not line[0] <= at < line[1] and _lines_between(file.text, line[0], at) <= NEAR_LINES
    ]
    if not near:
        return None
    at, name = chance.choice(near)
    wrong = _misspelt(name, chance)
    if not wrong.isidentifier() or re.search(rf"\b{wrong}\b", file.text) or wrong in BUILTINS:
        return None
    text = file.text[:at] + wrong + file.text[at + len(name) :]
    start, end = (place + (len(wrong) - len(name)) * (place > at) for place in line)
    typed, edits = _typed(text, start, end)
    away = at - (end - start) * (at > start)
    return edited(kind, file.path, typed, edits, {(away, away + len(wrong)): name})


def _typed(text: str, start: int, end: int) -> tuple[str, list[tuple[int, int, str]]]:
    """The text without its `start..end`, and the edit that puts it there."""
    return text[:start] + text[end:], [(start, start, text[start:end])]


def _locals(file: ParsedFile) -> list[tuple[str, list[tuple[int, bool]]]]:
    return [
        (name, places)
        for function in file.plain_functions
        for name, places in file.places(function).items()
        if len(places) > 1
    ]


def _simple_line(file: ParsedFile, chance: random.Random) -> tuple[int, int] | None:
    """A statement of a function that is one whole line."""
    every = [
        (file.start(node), file.end(node))
        for function in file.plain_functions
        for node in ast.walk(function)
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr, ast.Return))
        and node.lineno == node.end_lineno
        and file.end(node) - file.start(node) >= LEAST_LINE
        and file.text[file.end(node) :].startswith("\n")
    ]
    return chance.choice(every) if every else None


def _used(file: ParsedFile) -> list[tuple[str, int]]:
    """Names of five letters and more that are used here, and stand elsewhere too."""
    return [
        (node.id, file.start(node))
        for function in file.plain_functions
        for node in ast.walk(function)
        if isinstance(node, ast.Name)
        and isinstance(node.ctx, ast.Load)
        and len(node.id) > 4
        and file.counts[node.id] > 2
    ]


def _used_once(file: ParsedFile) -> list[tuple[str, int]]:
    """Names and attributes of five letters and more."""
    names = [
        (node.id, file.start(node))
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    ]
    names += [(name, places[0][0]) for name, places in file.attributes.items()]
    counts = file.counts
    return [(name, at) for name, at in names if len(name) > 4 and counts[name] == 1]


def _misspelt(name: str, chance: random.Random) -> str:
    """One character of it, not the first, is another one, is missing, stands there twice, or has
    changed its place with the one behind it.
    """
    at = chance.randrange(1, len(name) - 1)
    instead = chance.choice(
        (chance.choice(LETTERS), "", 2 * name[at], name[at + 1 : at + 2] + name[at])
    )
    skipped = 2 if len(instead) == 2 and instead[0] != instead[1] else 1
    return name[:at] + instead + name[at + skipped :]


def _lines_between(text: str, one: int, other: int) -> int:
    first, last = sorted((one, other))
    return text.count("\n", first, last)
