"""What the Python of both packages says to people, read from its syntax trees.

A message is a text that an exception is made of, that goes to standard error, to the log as a
warning or worse, or to one of `SPEAKERS`; and what a function returns whose name says that it
explains (`EXPLAINS`).  `…` stands for each part that is known only when it is said.
"""

import ast
import builtins
import re
from itertools import chain

GAP = "…"
SPEAKERS = frozenset([
    "Failure", "Refusal", "Filtered", "JsonRpcInvalidParams", "JsonRpcInvalidRequest",
    "JsonRpcContentModified", "JsonRpcRequestCancelled", "ArgumentTypeError", "warn", "error",
    "outage", "failed", "_hang_up", "_complain", "_failed", "_overloaded", "_damaged",
    "_give_up", "_fail", "_reject", "refuse", "fell_back", "_enter", "say", "announce", "_say",
    "warning", "critical", "exception",
])  # fmt: skip
EXPLAINS = re.compile(
    r"complain|why|advice|refus|reason|unready|exclusion|missing_package|explain|unsuitable"
    r"|too_large|how_to|wrong|against|alike|fault|in_words|_said|unfit|draining|broken|how_far"
    r"|status_of|with(out)?_engine"
)
PROGRAM = re.compile(r"^diffgem-(lsp|engine): ")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[A-Za-z]{2,}")


def spoken(*roots):
    """Every message to the files that say it."""
    trees = {path: ast.parse(path.read_text()) for root in roots for path in root.rglob("*.py")}
    known = _Known(trees.values())
    found = {}
    for path, tree in sorted(trees.items()):
        for text in _Reader(tree, known).messages():
            found.setdefault(text, []).append(path)
    return found


class _Known:
    """Exceptions by name, and what texts are named by constants."""

    def __init__(self, trees):
        self.exceptions = {
            name for name in dir(builtins)
            if isinstance(each := getattr(builtins, name), type) and issubclass(each, Exception)
        }  # fmt: skip
        self.texts = {}
        classes = []
        for tree in trees:
            classes += [each for each in ast.walk(tree) if isinstance(each, ast.ClassDef)]
            self.texts |= dict(_constants(tree))
        while new := {each.name for each in classes if self._is_exception(each)} - self.exceptions:
            self.exceptions |= new

    def _is_exception(self, made):
        return any(_name(base) in self.exceptions for base in made.bases)


def _constants(tree):
    for each in tree.body:
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            text = each.value
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield each.targets[0].id, text.value


class _Reader:
    """Of one module."""

    def __init__(self, tree, known):
        self._tree, self._known = tree, known

    def messages(self):
        for scope in ast.walk(self._tree):
            if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from self._of(scope)
            if isinstance(scope, ast.ClassDef) and scope.name in self._known.exceptions:
                yield from self._advice(scope)

    def _of(self, function):
        local = _assigned(function)
        for node in _own(function):
            said = []
            if isinstance(node, ast.Call) and self._speaks(node):
                said = [*node.args, *(each.value for each in node.keywords if each.arg != "file")]
            elif isinstance(node, ast.Return) and node.value and EXPLAINS.search(function.name):
                said = [node.value]
            for each in said:
                yield from self._texts(each, local)

    def _advice(self, made):
        """What the attributes of an exception's class say."""
        for each in made.body:
            if isinstance(each, ast.Assign):
                yield from self._texts(each.value, {})

    def _speaks(self, call):
        name = _name(call.func)
        if name == "print":
            return any(
                each.arg == "file" and _name(each.value) == "stderr" for each in call.keywords
            )
        if name == "of" and isinstance(call.func, ast.Attribute):
            name = _name(call.func.value)
        if name == "append":  # a list of them
            return _name(getattr(call.func, "value", None)) == "complaints"
        if (
            name == "_say" and call.args and isinstance(call.args[0], ast.Constant)
        ):  # the doctor's `ok`
            return call.args[0].value is not True
        if name == "__init__":
            return True
        return name in SPEAKERS or name in self._known.exceptions

    def _texts(self, value, local):
        """All that `value` may say; texts of no words are none."""
        for found in _alternatives(value, local, self._known.texts):
            text = PROGRAM.sub("", _SPACE.sub(" ", found).strip())
            if " " in text and _WORD.search(text.replace(GAP, " ")):
                yield text


def _own(function):
    """Its nodes, but for those of functions within."""
    waiting = [*ast.iter_child_nodes(function)]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node
            waiting += ast.iter_child_nodes(node)


def _assigned(function):
    """What each local name may stand for."""
    found = {}
    for node in _own(function):
        if isinstance(node, ast.Assign):
            pairs = _pairs(node.targets[0], node.value)
        elif isinstance(node, ast.NamedExpr):
            pairs = [(node.target, node.value)]
        else:
            continue
        for target, value in pairs:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(value)
    return found


def _pairs(target, value):
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return zip(target.elts, value.elts, strict=False)
    return [(target, value)]


def _alternatives(value, local, constants):
    match value:
        case ast.Constant(value=str(text)):
            return [_percent(text)]
        case ast.JoinedStr():
            return [_joined(value, constants)]
        case ast.IfExp() | ast.BoolOp():
            parts = value.values if isinstance(value, ast.BoolOp) else [value.body, value.orelse]
            return list(chain(*(_alternatives(each, local, constants) for each in parts)))
        case ast.BinOp(op=ast.Add()):
            sides = [
                _alternatives(each, local, constants) or [GAP] for each in (value.left, value.right)
            ]
            return [one + other for one in sides[0] for other in sides[1]]
        case ast.Name(id=name) if name in local:
            rest = {other: each for other, each in local.items() if other != name}
            return list(chain(*(_alternatives(each, rest, constants) for each in local[name])))
        case ast.Name(id=name) if name in constants:
            return [_percent(constants[name])]
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="format")):
            return [re.sub(r"\{\w*\}", GAP, constants.get(name, ""))]
        case ast.List() | ast.Tuple():
            return list(chain(*(_alternatives(each, {}, constants) for each in value.elts)))
    return []


def _joined(value, constants):
    parts = []
    for each in value.values:
        if isinstance(each, ast.Constant):
            parts.append(each.value)
        elif isinstance(each.value, ast.Name) and each.value.id in constants:
            parts.append(constants[each.value.id])
        else:
            parts.append(GAP)
    return "".join(parts)


def _percent(text):
    return re.sub(r"%(\.\*)?[-0-9.]*[sdrgf]", GAP, text)


def _name(node):
    return getattr(node, "attr", getattr(node, "id", ""))
