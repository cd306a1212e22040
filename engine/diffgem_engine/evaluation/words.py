"""The words of code: what its syntax tree has for leaves, strings and comments left out."""

import re

from attrs import frozen
from tree_sitter import Node

from diffgem_engine.evaluation.trees import SourceFile
from diffgem_lsp.syntax.grammars import parser_for

NAME = re.compile(r"[A-Za-z_]\w{2,23}")
NO_CODE = re.compile(r"string|comment|char|escape|heredoc|regex|text")  # in the type of a node
NAMES = frozenset(("constant", "name", "variable_name"))  # beside all kinds of identifiers
OWN = frozenset(("self", "cls", "this", "super"))


@frozen
class Word:
    """`text[start:end]` of a file; a name is one that people choose."""

    start: int
    end: int
    text: str
    is_name: bool


def words_of(file: SourceFile) -> tuple[Word, ...]:
    """In order; none in a language without a grammar."""
    parser = parser_for(file.language_id)
    if parser is None:
        return ()
    data = file.text.encode()
    found, nodes, at, byte = [], [parser.parse(data).root_node], 0, 0
    while nodes:
        node = nodes.pop()
        nodes.extend(reversed(node.children))
        if _is_word(node):
            at, byte = at + len(data[byte : node.start_byte].decode()), node.start_byte
            found.append(_word(node.type, at, data[byte : node.end_byte].decode()))
    return tuple(word for word in found if word.text and not re.search(r"\s", word.text))


def names_of(words: tuple[Word, ...]) -> list[str]:
    """Each once, in the order of the alphabet."""
    return sorted({word.text for word in words if word.is_name})


def _is_word(node: Node) -> bool:
    return node.child_count == 0 and not NO_CODE.search(node.type)


def _word(kind: str, start: int, text: str) -> Word:
    chosen = ("identifier" in kind or kind in NAMES) and text not in OWN
    return Word(start, start + len(text), text, chosen and NAME.fullmatch(text) is not None)
