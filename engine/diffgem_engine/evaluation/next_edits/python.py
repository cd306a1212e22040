"""What Python's own parser says of a file: the truth, which our trees are measured against."""

import ast
import builtins
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property

from diffgem_engine.evaluation.trees import SourceFile

Function = ast.FunctionDef | ast.AsyncFunctionDef
# A function with one of these may hide a name within itself.
_NESTED = (
    ast.AsyncFunctionDef, ast.ClassDef, ast.DictComp, ast.FunctionDef, ast.GeneratorExp,
    ast.Global, ast.Lambda, ast.ListComp, ast.Nonlocal, ast.SetComp,
)  # fmt: skip


class ParsedFile:
    """In ASCII, so that bytes are characters."""

    def __init__(self, file: SourceFile, tree: ast.Module) -> None:
        self.path, self.text, self.tree = file.path, file.text, tree
        self._places: dict[Function, dict[str, list[tuple[int, bool]]]] = {}
        self._lines = [0]
        for line in file.text.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)

    @classmethod
    def of(cls, file: SourceFile) -> "ParsedFile | None":
        """None for another language, other characters, and what does not parse."""
        if file.language_id != "python" or not file.text.isascii():
            return None
        try:
            return cls(file, ast.parse(file.text))
        except (SyntaxError, ValueError):
            return None

    def start(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword) -> int:
        line, column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self._lines[line - 1] + column

    @cached_property
    def plain_functions(self) -> list[Function]:
        """Those in which a name means one thing."""
        return [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, Function)
            and not any(isinstance(each, _NESTED) for each in ast.walk(node) if each is not node)
        ]

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each word stands in the file, as code or not."""
        return Counter(re.findall(r"\w+", self.text))

    def places(self, function: Function) -> dict[str, list[tuple[int, bool]]]:
        """Of each local name of a plain function, in order; with whether it is bound there."""
        known = self._places.get(function)
        if known is None:
            known = self._places[function] = self._found(function)
        return known

    def _found(self, function: Function) -> dict[str, list[tuple[int, bool]]]:
        found: dict[str, list[tuple[int, bool]]] = defaultdict(list)
        for node in ast.walk(function):
            if isinstance(node, ast.Name):
                found[node.id].append((self.start(node), isinstance(node.ctx, ast.Store)))
            elif isinstance(node, ast.arg):
                found[node.arg].append((self.start(node), True))
        return {
            name: sorted(places)
            for name, places in found.items()
            if any(bound for _, bound in places) and name not in ("self", "cls")
        }

    @cached_property
    def attributes(self) -> dict[str, list[tuple[int, bool, bool]]]:
        """Of each attribute name: where, whether it is assigned to, and whether it is self's.  What
        belongs to a module is left out.
        """
        found: dict[str, list[tuple[int, bool, bool]]] = defaultdict(list)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute) and not self._is_of_module(node.value):
                of_self = isinstance(node.value, ast.Name) and node.value.id == "self"
                at = self.end(node) - len(node.attr)
                found[node.attr].append((at, isinstance(node.ctx, ast.Store), of_self))
        return found

    @cached_property
    def _imported(self) -> set[str]:
        nodes = (n for n in ast.walk(self.tree) if isinstance(n, (ast.Import, ast.ImportFrom)))
        return {(each.asname or each.name).split(".")[0] for node in nodes for each in node.names}

    def _is_of_module(self, value: ast.expr) -> bool:
        while isinstance(value, ast.Attribute):
            value = value.value
        return isinstance(value, ast.Name) and value.id in self._imported

    @cached_property
    def own_attributes(self) -> set[str]:
        """Those of which every place in the file is self's, in one class, but for modules'."""
        classes: dict[str, set[int]] = defaultdict(set)
        for number, node in enumerate(ast.walk(self.tree)):
            if isinstance(node, ast.ClassDef):
                for each in ast.walk(node):
                    if isinstance(each, ast.Attribute) and not self._is_of_module(each.value):
                        classes[each.attr].add(number)
        return {
            name
            for name, places in self.attributes.items()
            if all(of_self for *_, of_self in places) and len(classes[name]) == 1
        }

    @cached_property
    def keywords(self) -> set[str]:
        """The names that arguments are given by."""
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.keyword))
        return {node.arg for node in nodes if node.arg is not None}

    @cached_property
    def loop_names(self) -> set[str]:
        """Those that are the variable of a loop: of one loop or of several, who knows."""
        loops = (node for node in ast.walk(self.tree) if isinstance(node, ast.For))
        return {
            each.id
            for loop in loops
            for each in ast.walk(loop.target)
            if isinstance(each, ast.Name)
        }

    def functions(self) -> Iterator[tuple[Function, bool]]:
        """With whether it is a method; of each name that is defined once in the file."""
        every = [node for node in ast.walk(self.tree) if isinstance(node, Function)]
        methods = {
            id(child)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ClassDef)
            for child in node.body
        }
        for node in every:
            if sum(each.name == node.name for each in every) == 1:
                yield node, id(node) in methods

    def calls(self, name: str, is_method: bool) -> list[ast.Call]:
        """By its bare name, or of self."""
        return [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Call) and _is_of(node.func, name, is_method)
        ]


def _is_of(function: ast.expr, name: str, is_method: bool) -> bool:
    match function:
        case ast.Attribute(ast.Name("self"), found):
            return is_method and found == name
        case ast.Name(found):
            return not is_method and found == name
    return False


BUILTINS = frozenset(dir(builtins))
