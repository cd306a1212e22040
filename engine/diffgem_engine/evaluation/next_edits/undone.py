"""Cases in which an edit is half done."""

import ast
import random
from collections.abc import Callable, Sequence

from diffgem_engine.evaluation.next_edits.cases import Case, edited
from diffgem_engine.evaluation.next_edits.python import ParsedFile

LEAST = 2  # characters of a name that is changed


def rename(file: ParsedFile, news: Sequence[str], chance: random.Random) -> Case | None:
    """A local name is given another one where it is bound first."""
    return _renamed("rename", file, news, chance, bound=True)


def use(file: ParsedFile, news: Sequence[str], chance: random.Random) -> Case | None:
    """The same, at a place where it is used."""
    return _renamed("use", file, news, chance, bound=False)


def _renamed(
    kind: str, file: ParsedFile, news: Sequence[str], chance: random.Random, bound: bool
) -> Case | None:
    every = [
        (name, places)
        for function in file.plain_functions
        for name, places in file.places(function).items()
        if len(places) > 1
        and len(name) >= LEAST
        and any(b is bound for _, b in places)
        and name not in file.keywords
        and name not in file.loop_names
    ]
    if not every or not news:
        return None
    name, places = chance.choice(every)
    new = chance.choice(news)
    here = [at for at, is_bound in places if is_bound is bound]
    at = here[0] if bound else chance.choice(here)
    expected = {(other, other + len(name)): new for other, _ in places if other != at}
    return edited(kind, file.path, file.text, [(at, at + len(name), new)], expected)


def attribute(file: ParsedFile, news: Sequence[str], chance: random.Random) -> Case | None:
    """An attribute of self, and of nothing else in the file, is renamed where it is assigned."""
    every = [
        (name, places)
        for name, places in file.attributes.items()
        if len(places) > 1
        and name in file.own_attributes
        and any(stored for _, stored, _ in places)
        and name not in _defined(file)
    ]
    if not every or not news:
        return None
    name, places = chance.choice(every)
    new = chance.choice(news)
    at = min(at for at, stored, _ in places if stored)
    expected = {(other, other + len(name)): new for other, *_ in places if other != at}
    return edited("attribute", file.path, file.text, [(at, at + len(name), new)], expected)


def _defined(file: ParsedFile) -> set[str]:
    """What is no plain attribute, or is one of a class as well."""
    names = {node.name for node in ast.walk(file.tree) if isinstance(node, _DEFINITIONS)}
    return names | {
        node.id
        for cls in ast.walk(file.tree)
        if isinstance(cls, ast.ClassDef)
        for statement in cls.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and not isinstance(statement, _DEFINITIONS)
    }


_DEFINITIONS = (ast.AsyncFunctionDef, ast.ClassDef, ast.FunctionDef)


def repeat(file: ParsedFile, news: Sequence[str], chance: random.Random) -> Case | None:
    """An attribute of other objects is called otherwise at two places; there are more of them."""
    every = [
        (name, [at for at, *_ in sorted(places)])
        for name, places in file.attributes.items()
        if len(places) > 3
        and not any(stored or of_self for _, stored, of_self in places)
        and name not in _defined(file)
    ]
    if not every or not news:
        return None
    name, places = chance.choice(every)
    new = chance.choice(news)
    edits = [(at, at + len(name), new) for at in places[:2]]
    expected = {(at, at + len(name)): new for at in places[2:]}
    return edited("repeat", file.path, file.text, edits, expected)


def parameter(file: ParsedFile, news: Sequence[str], chance: random.Random) -> Case | None:
    """A parameter that calls give by name is renamed in the signature."""
    plain = {id(function) for function in file.plain_functions}
    every = [
        (function, argument, keywords)
        for function, is_method in file.functions()
        if id(function) in plain
        for argument in (*function.args.args, *function.args.kwonlyargs)
        if (
            keywords := [
                keyword
                for call in file.calls(function.name, is_method)
                for keyword in call.keywords
                if keyword.arg == argument.arg
            ]
        )
    ]
    if not every or not news:
        return None
    function, argument, keywords = chance.choice(every)
    new, old = chance.choice(news), argument.arg
    at = file.start(argument)
    others = [place for place, _ in file.places(function)[old] if place != at]
    others += [file.start(keyword) for keyword in keywords]
    expected = {(other, other + len(old)): new for other in others}
    return edited("parameter", file.path, file.text, [(at, at + len(old), new)], expected)


def added(file: ParsedFile, _: Sequence[str], chance: random.Random) -> Case | None:
    """A parameter was added, and calls lack the argument that they have in the file."""
    found = _positional(file, chance)
    if found is None:
        return None
    function, index, calls = found
    own = _with_comma(file, function.args.args, index)
    shift = _is_method(function)
    others = [_with_comma(file, call.args, index - shift) for call in calls]
    text, moved = without(file.text, [own, *others])
    typed = (moved(own[0]), moved(own[0]), file.text[slice(*own)])
    expected = {(moved(start), moved(start)): file.text[start:end] for start, end in others}
    return edited("added", file.path, text, [typed], expected)


def removed(file: ParsedFile, _: Sequence[str], chance: random.Random) -> Case | None:
    """A parameter was removed, and calls still have its argument."""
    found = _positional(file, chance)
    if found is None:
        return None
    function, index, calls = found
    start, end = _with_comma(file, function.args.args, index)
    shift = _is_method(function)
    expected = {_with_comma(file, call.args, index - shift): "" for call in calls}
    return edited("removed", file.path, file.text, [(start, end, "")], expected)


def _positional(
    file: ParsedFile, chance: random.Random
) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, int, list[ast.Call]] | None:
    """A function, its last parameter, which is not its only one, and calls that give all of them by
    place.
    """
    every = []
    for function, is_method in file.functions():
        taken = function.args
        simple = not (taken.defaults or taken.kwonlyargs or taken.vararg or taken.kwarg)
        calls = file.calls(function.name, is_method)
        count = len(taken.args) - _is_method(function)
        whole = all(
            len(call.args) == count
            and not call.keywords
            and not any(isinstance(each, ast.Starred) for each in call.args)
            for call in calls
        )
        if simple and calls and whole and count > 1 and is_method == _is_method(function):
            every.append((function, len(taken.args) - 1, calls))
    return chance.choice(every) if every else None


def _is_method(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return bool(function.args.args) and function.args.args[0].arg == "self"


def _with_comma(
    file: ParsedFile, nodes: Sequence[ast.expr] | Sequence[ast.arg], index: int
) -> tuple[int, int]:
    """From the end of the one before, which there is."""
    return file.end(nodes[index - 1]), file.end(nodes[index])


def without(text: str, cuts: Sequence[tuple[int, int]]) -> tuple[str, Callable[[int], int]]:
    """`text` without its `cuts`, which do not overlap, and where a place of it went."""

    def moved(place: int) -> int:
        return place - sum(min(end, place) - start for start, end in cuts if start < place)

    for start, end in sorted(cuts, reverse=True):
        text = text[:start] + text[end:]
    return text, moved
