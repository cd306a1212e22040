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


def edited(text, parses, chance):
    """With something put in, taken out, or both, anywhere."""
    start = chance.randrange(len(text.lines.text))
    end = min(len(text.lines.text), start + chance.choice([0, 0, 1, 9, 2_000]))
    new = "".join(chance.choices(PIECES, k=chance.choice([0, 1, 5, 1_500])))
    after = text.replaced(start, end, text.lines.replaced(start, end, new))
    return after, parses.replaced(text.byte(start), text.byte(end), after)


def test_a_cut_anywhere_is_a_fresh_parse():
    """Guards against an end that did not move with the text: half a name that stays half.

    Of names on lines of their own, every beginning is whole.
    """
    chance, parser = random.Random(1), parser_for("python")
    text = Utf8.of(Lines.of("".join(chance.choices(PIECES, k=9_000))))
    parses = Parses(parser, text)
    for _ in range(120):
        if chance.random() < 0.6:
            text, parses = edited(text, parses, chance)
        if chance.random() < 0.8:
            end = text.byte(chance.randrange(len(text.lines.text)))
            fresh = parser.parse(text.data[:end]).root_node
            assert leaves(parses.between(0, end).root_node) == leaves(fresh)


def test_a_stretch_is_a_fresh_parse_of_it():
    """Guards against a base that began elsewhere, and ranges that the parser keeps for others."""
    chance, parser = random.Random(2), parser_for("python")
    text = Utf8.of(Lines.of("".join(chance.choices(PIECES, k=9_000))))
    parses, start = Parses(parser, text), 0
    for _ in range(120):
        if chance.random() < 0.7:
            text, parses = edited(text, parses, chance)
        lines = text.lines
        if (
            chance.random() < 0.3
            or start >= len(text.data)
            or text.data[start - 1 : start] != b"\n"
        ):
            start = text.byte(lines.start(chance.randrange(lines.count)))
        end = text.byte(chance.randrange(text.offset(start), len(lines.text) + 1))
        blank = bytes(10 if byte == 10 else 32 for byte in text.data[:start])
        fresh = parser.parse(blank + text.data[start:end]).root_node
        assert leaves(parses.between(start, end).root_node)[1:] == leaves(fresh)[1:]
        at = text.byte(chance.randrange(text.offset(start), text.offset(end) + 1))
        new = "".join(chance.choices(PIECES, k=3)).encode()
        grown = parser.parse(blank + text.data[start:at] + new + text.data[at:end]).root_node
        assert leaves(parses.imagined(start, end, at, new).root_node)[1:] == leaves(grown)[1:]
