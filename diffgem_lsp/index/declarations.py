"""What a source file declares, for others to use: by its language's query over the syntax tree.

A query (`queries/`) captures the whole of a declaration as @class, @function, @variable or @type,
and its @name.  A @holder, such as Rust's impl, is none itself but has others in it.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from attrs import frozen
from tree_sitter import Node, Query, QueryCursor

from diffgem_lsp.syntax.grammars import grammar_of, parser_for

LANGUAGES = (
    "bash", "c", "cpp", "go", "java", "javascript", "lua", "php", "python", "ruby", "rust", "tsx",
    "typescript",
)  # fmt: skip
_QUERIES = {"tsx": "typescript"}
MOST = 2_000  # of one file: more is generated
LONGEST = 240  # characters of a signature
LONGEST_NAME = 80
_SPACE = re.compile(r"\s+")
_VALUE = re.compile(r"""(["'`]).*""", re.DOTALL)


@frozen
class Declaration:
    """`signature` is its head without its body, on one line; `container` the class it is in."""

    name: str
    kind: str  # class, function, variable, type
    container: str
    signature: str
    line: int  # from 0


@frozen
class _Capture:
    node: Node
    kind: str
    name: str


def is_indexed(language_id: str) -> bool:
    return grammar_of(language_id) in LANGUAGES


def declarations(data: bytes, language_id: str) -> list[Declaration]:
    """In the order of the text, `MOST` at most; nothing of what is inside of functions."""
    parser, query = parser_for(language_id), _query(grammar_of(language_id) or "")
    if parser is None or query is None:
        return []
    return list(_visible(_captures(query, parser.parse(data).root_node)))


@cache
def _query(grammar: str) -> Query | None:
    parser = parser_for(grammar) if grammar in LANGUAGES else None
    if parser is None or parser.language is None:
        return None
    name = _QUERIES.get(grammar, grammar)
    source = files("diffgem_lsp.index").joinpath("queries", f"{name}.scm").read_text("utf-8")
    return Query(parser.language, source)


def _captures(query: Query, root: Node) -> list[_Capture]:
    """In the order of the text, outer ones first; of patterns that name the same the first."""
    found: dict[int, tuple[int, _Capture]] = {}
    for pattern, captured in QueryCursor(query).matches(root):
        name = captured.pop("name")[0]
        (kind, nodes), *_ = captured.items()
        known = found.get(name.start_byte)
        if known is None or pattern < known[0]:
            text = (name.text or b"").decode("utf-8", "replace")
            found[name.start_byte] = pattern, _Capture(nodes[0], kind, text)
    captures = (capture for _, capture in found.values())
    return sorted(captures, key=lambda each: (each.node.start_byte, -each.node.end_byte))


def _visible(captures: list[_Capture]) -> Iterator[Declaration]:
    around: list[_Capture] = []
    count = 0
    for capture in captures:
        while around and around[-1].node.end_byte <= capture.node.start_byte:
            around.pop()
        local = any(each.kind == "function" for each in around)
        container = around[-1].name if around else ""
        if capture.kind in ("class", "holder", "function"):
            around.append(capture)
        if local or capture.kind == "holder" or len(capture.name) > LONGEST_NAME:
            continue
        yield _declaration(capture, container)
        count += 1
        if count == MOST:
            return


def _declaration(capture: _Capture, container: str) -> Declaration:
    node = capture.node
    line = node.start_point.row
    return Declaration(capture.name, capture.kind, container, _signature(node, capture.kind), line)


def _signature(node: Node, kind: str) -> str:
    """A variable's text stops at a quote: what is in it may be a password."""
    value = node.child_by_field_name("value")
    body = node.child_by_field_name("body") or (value and value.child_by_field_name("body"))
    size = (body.start_byte if body else node.end_byte) - node.start_byte
    head = (node.text or b"")[: min(size, 4 * LONGEST)].decode("utf-8", "ignore")
    if kind == "variable":
        head = _VALUE.sub("...", head)
    return _SPACE.sub(" ", head).strip()[:LONGEST]
