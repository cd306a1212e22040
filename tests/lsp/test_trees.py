import random

import pytest
from sources import CODE, SOURCES

from diffgem_lsp.snapshots import Snapshot


def nodes(snapshot):
    found, waiting = [], [snapshot.tree.root]
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
            same = nodes(now) == nodes(fresh)
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
