import random
import time

import pytest
from real_files import long_sources
from sources import CODE, SOURCES

from diffgem_lsp.holes.site import hole_at
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.grammars import parser_for
from diffgem_lsp.syntax.scopes import error_count


def nodes(root):
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        found.append((node.type, node.byte_range, node.range, node.is_missing))
        waiting.extend(node.children)
    return found


def random_edits(source, chance):
    text = len(source)
    while True:
        start = chance.randrange(text + 1)
        end = min(text, start + chance.choice([0, 0, 0, 1, 2, 8]))
        new = "".join(chance.choices(CODE, k=chance.choice([0, 1, 1, 2])))
        text += len(new) - (end - start)
        yield start, end, new


@pytest.mark.parametrize("language_id", SOURCES)
def test_a_tree_kept_across_edits_is_a_fresh_parse(language_id):
    """Guards against wrong bytes, rows or columns in an edit: nodes that slowly drift away.

    In broken text tree-sitter itself may recover otherwise from where it stands; rarely.
    """
    chance, agreed = random.Random(language_id), []
    for _ in range(4):
        now = Snapshot.of(SOURCES[language_id] * 2, 0, language_id)
        edits = random_edits(now.text, chance)
        for _ in range(30):
            now = now.replaced(*next(edits))
            if chance.random() < 0.3:
                continue  # so that some parses follow two edits or more
            fresh = Snapshot.of(now.text, 0, language_id)
            assert now.tree.data == fresh.tree.data
            same = nodes(now.tree.root) == nodes(fresh.tree.root)
            assert same or fresh.tree.root.has_error
            agreed.append(same)
    assert sum(agreed) > 0.93 * len(agreed)


def test_offsets_and_bytes_agree():
    """Guards against bytes that leak as offsets, also before and after an edit's anchor."""
    now = Snapshot.of("é😀\ud83d = 'x'\n漢\n", 0, "python").replaced(8, 9, "ü\n")
    data = now.text.encode("utf-8", "surrogatepass")
    for offset in range(len(now.text) + 1):
        byte = len(now.text[:offset].encode("utf-8", "surrogatepass"))
        assert now.tree.byte(offset) == byte
        assert now.tree.offset(byte) == offset
    assert now.tree.data == data


@pytest.mark.parametrize("language_id", ["python", "javascript", "c"])
def test_a_tree_that_is_cut_and_grown_is_a_fresh_parse(language_id):
    """Guards against a tail that is cut off, or comes back, at a wrong byte, row or column.

    Edits and jumps; what is put in is a comment, so that most of the texts stay whole.
    """
    chance, agreed = random.Random(language_id), []
    comment = "# é\n" if language_id == "python" else "// é\n"
    for source in long_sources(language_id):
        now = Snapshot.of(source, 0, language_id)
        for _ in range(24):
            line = chance.randrange(now.lines.count)
            now = now.at(now.lines.start(line))
            if chance.random() < 0.6:
                start = chance.choice([now.offset, max(0, now.offset - 300), 0])
                removed = chance.choice([0, 0, 0, 200, 20_000])
                now = now.replaced(start, min(start + removed, len(now.text)), comment)
            if chance.random() < 0.3:
                continue  # so that some parses follow two edits or more
            end = now.tree.byte(now.tree.horizon)
            fresh = parser_for(language_id).parse(now.tree.data[:end]).root_node
            same = nodes(now.tree.root) == nodes(fresh)
            assert same or fresh.has_error
            agreed.append(same)
    assert sum(agreed) > 0.9 * len(agreed)


def test_beyond_the_horizon():
    """Guards against an empty answer, or an exception, about a place that is not parsed yet."""
    source = long_sources("python")[0]
    whole = Snapshot.of(source, len(source), "python").tree
    chance = random.Random(5)
    for offset in [len(source), 0, *chance.choices(range(len(source)), k=40)]:
        near = Snapshot.of(source, chance.randrange(len(source)), "python")
        if chance.random() < 0.5:
            assert near.tree.root.end_byte == near.tree.byte(near.tree.horizon)
        path = near.tree.path(offset)
        assert [node.type for node in path] == [node.type for node in whole.path(offset)]


def test_a_key_in_a_long_file_costs_little():
    """An open quote, or a dedent that moved, had tree-sitter read thousands of lines anew."""
    now, took = Snapshot.of("".join(long_sources("python")), 0, "python"), []
    now = now.at(now.text.index("\n\n    def "))  # the end of a method
    hole_at(now)
    for key in ["\n        ", *'"""abc']:
        began = time.thread_time()
        now = now.replaced(now.offset, now.offset, key)
        hole_at(now)
        error_count(now.replaced(now.offset, now.offset, "foo(1)").tree)
        took.append(time.thread_time() - began)
    assert sorted(took)[len(took) // 2] < 0.02  # seconds
