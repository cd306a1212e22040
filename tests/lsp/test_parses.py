import random

from diffgem_lsp.syntax.grammars import parser_for
from diffgem_lsp.syntax.parses import Parses
from diffgem_lsp.syntax.utf8 import Utf8
from diffgem_lsp.text.lines import Lines

PIECES = ("a", "bc", "é", "\n", "\n\n", "d_e\n")


def leaves(root):
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        found.append((node.type, node.range))
        waiting.extend(node.children)
    return found


def test_a_cut_anywhere_is_a_fresh_parse():
    """Guards against an end that did not move with the text: half a name that stays half.

    Of names on lines of their own, every beginning is whole.
    """
    chance, parser = random.Random(1), parser_for("python")
    text = Utf8.of(Lines.of("".join(chance.choices(PIECES, k=9_000))))
    parses = Parses(parser, text)
    for _ in range(120):
        if chance.random() < 0.6:
            start = chance.randrange(len(text.lines.text))
            end = min(len(text.lines.text), start + chance.choice([0, 0, 1, 9, 2_000]))
            new = "".join(chance.choices(PIECES, k=chance.choice([0, 1, 5, 1_500])))
            after = text.replaced(start, end, text.lines.replaced(start, end, new))
            parses = parses.replaced(text.byte(start), text.byte(end), after)
            text = after
        if chance.random() < 0.8:
            end = text.byte(chance.randrange(len(text.lines.text)))
            fresh = parser.parse(text.data[:end]).root_node
            assert leaves(parses.between(0, end).root_node) == leaves(fresh)
