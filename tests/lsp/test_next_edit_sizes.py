"""Wide lists, long pastes and long words: found as before, and at a cost that does not explode."""

import random
from collections import Counter

import pytest
from drawn_edits import asked_for, draw, drawn
from sources import CODE, SOURCES

from diffgem_lsp.next_edits import binding, calls, finding, grammar, proposals, symbols, typos
from diffgem_lsp.next_edits.history import Change
from diffgem_lsp.next_edits.proposals import lock_of
from diffgem_lsp.next_edits.symbols import MOST, Names
from diffgem_lsp.snapshots import Snapshot

BINDING_FIELDS = ("name", "left", "pattern", "declarator", "parameter", "alias", "parameters")
MANY = 10_000
WIDE = {
    "a list": ("python", f"[old->new] = 1\nq = [{'old, ' * MANY}]\n"),
    "a list of a file with é": ("python", f"# é\n[old->new] = 1\nq = [{'old, ' * MANY}]\n"),
    "an array": ("javascript", f"const [old->new] = 1;\nq = [{'old, ' * MANY}]\n"),
    "a pattern": ("javascript", f"let [old->new] = 1;\nlet [{'old, ' * MANY}] = q;\n"),
    "what is assigned to": ("python", f"[old->new] = 1\n{'old, ' * MANY} = q\n"),
    "what is imported": ("python", f"[old->new] = 1\nfrom a import {'old, ' * MANY}b\n"),
    "parameters": ("python", f"[old->new] = 1\ndef f({'old, ' * MANY}): pass\n"),
    "an enum": ("typescript", f"enum A {{ [old->new], {'old, ' * MANY} }}\n"),
    "a paste": ("python", "x = 1\n[->" + "; ".join(f"aaa{n} = b" for n in range(MANY)) + "]\n"),
    "a word": ("python", f"{'a' * 10 * MANY}[->b] = 1\n"),
}  # fmt: skip


def plain_binder(node):
    """The same as `binding.binder`, by a look at all siblings for each field."""
    child, parent = node, node.parent
    while parent is not None:
        for field in BINDING_FIELDS:
            for tables, outer in ((grammar.OUTER_BINDERS, True), (grammar.BINDERS, False)):
                if (parent.type, field) in tables and child in parent.children_by_field_name(field):
                    return parent, outer
        others = [n for field in ("type", "value") for n in parent.children_by_field_name(field)]
        if (parent.type, "") in grammar.BINDERS and child not in others:
            return parent, False
        if parent.type not in grammar.PATTERNS:
            return None
        child, parent = parent, parent.parent
    return None


def plain_meant(names, known):
    """The same as `typos._meant`, by a comparison of all with all."""
    often = [each for each in known if known[each] > 1 and len(each.removeprefix(".")) >= 4]
    found = {}
    for name in names:
        same_role = [each for each in often if each.startswith(".") == name.startswith(".")]
        meant = [each for each in same_role if typos.is_slip(name, each)]
        found[name] = sorted(meant, key=lambda each: (-known[each], len(each)))
    return found


def plain_lock(change, text):
    start, end = change.start, change.end
    while start > 0 and proposals._in_word(text[start - 1 : start + 1]):
        start -= 1
    while end < len(text) and proposals._in_word(text[max(0, end - 1) : end + 1]):
        end += 1
    return start, end


def counted(monkeypatch, module, name):
    """The calls of a function of `module`, as they come."""
    seen, function = [], getattr(module, name)

    def counting(*arguments):
        seen.append(arguments)
        return function(*arguments)

    monkeypatch.setattr(module, name, counting)
    return seen


def names_in(node):
    """All of the tree but what is empty, which no name is."""
    nodes = [node]
    while nodes:
        node = nodes.pop()
        nodes += node.children
        if node.start_byte < node.end_byte:
            yield node


@pytest.mark.parametrize("language", sorted(SOURCES))
def test_names_are_bound_as_a_plain_search_has_it(language):
    chance, bound = random.Random(language), 0
    for _ in range(20):
        text = 2 * SOURCES[language]
        for _ in range(3):
            at = chance.randint(0, len(text))
            text = text[:at] + chance.choice(CODE) + text[at:]
        for node in names_in(Snapshot.of(text, 0, language).tree.covering(0, len(text)).root):
            expected = plain_binder(node)
            assert binding.binder(node) == expected
            bound += expected is not None
    assert bound or language in ("css", "html", "json", "shellscript", "typescriptreact")


@pytest.mark.parametrize("seed", range(40))
def test_slips_are_those_of_a_comparison_of_all(seed):
    chance = random.Random(seed)
    words = [chance.choice(("", ".")) + "".join(chance.choices("abc", k=5)) for _ in range(60)]
    known = Counter(word[: chance.randint(4, 6)] for word in chance.choices(words, k=120))
    alone = [each for each in known if known[each] == 1 and len(each.removeprefix(".")) >= 4]
    expected = plain_meant(alone, known)
    assert typos._meant(alone, known) == {name: meant for name, meant in expected.items() if meant}
    assert any(expected.values())


@pytest.mark.parametrize("seed", range(40))
def test_a_lock_is_as_long_as_its_words(seed):
    chance = random.Random(seed)
    text = "".join(chance.choices("aé_1 .\n", (4, 1, 1, 1, 1, 1, 1), k=40))
    start, end = sorted(chance.choices(range(41), k=2))
    change = Change(start, "", text[start:end])
    assert lock_of(change, text) == plain_lock(change, text)


def test_a_lock_is_no_longer_than_a_name():
    """Of each of eight changes, several times, the server walked through the whole word."""
    first, last = lock_of(Change(200_000, "", "b"), 200_000 * "a" + "b" + 200_000 * "a")
    assert last - first == 1 + 2 * proposals.LONGEST_SIDE


@pytest.mark.parametrize("name", WIDE)
def test_no_line_takes_for_ever(name):
    """For each name of a list all others were built, seven times: fourteen seconds."""
    language, text = WIDE[name]
    snapshot, changes = asked_for(text, language)
    for each in finding.propose(snapshot, changes):
        assert each.text in ("new", "old: new")


@pytest.mark.parametrize("around", [0, 6_000, 12_000])
def test_no_more_places_are_looked_up_than_are_kept(monkeypatch, around):
    looked_up = counted(monkeypatch, symbols, "place_at")
    names = Names(Snapshot.of(3_000 * "old\n" + "old", around, "python"), "old", around)
    assert names.at(around) is not None
    assert MOST // 2 < len(names.places) <= MOST
    assert len(looked_up) <= 2 * MOST
    starts = [place.start for place in names.places]
    assert starts == sorted(set(starts))


def test_a_name_alone_is_compared_with_few(monkeypatch):
    """A thousand names that were put in were compared with each other: seconds."""
    compared = counted(monkeypatch, typos, "is_slip")
    chance = random.Random(0)
    words = ["".join(chance.choices("abcdefgh", k=6)) for _ in range(2_000)]
    often, alone = words[:1_600], " ".join(words[1_600:])
    text = f"{' '.join(often)}\n{alone[:1_400]}\nx = [->1]\n{alone[1_400:]}\n{' '.join(often)}\n"
    snapshot, changes = drawn(text, "python")
    assert [*typos.proposals(snapshot, changes)] != []
    assert len(compared) < 20 * len(words)


def test_slips_around_a_long_paste():
    """Only what is near its ends is known, and its middle costs nothing."""
    middle = "; ".join(f"aaa{n} = bbb{n} + bbb{n}" for n in range(5_000))
    text = f"total = 1\nprint(<totla->total>)\n[->{middle}]\nprint(<otal->total>, total)\n"
    snapshot, changes = asked_for(text, "python")
    assert len(snapshot.text) > 4 * typos.REACH
    known = typos._known(snapshot, changes[0])
    assert (known["total"], known["aaa2500"], known["aaa0"], known["aaa4999"]) == (2, 0, 1, 1)
    assert draw(snapshot, changes, typos.proposals(snapshot, changes)) == text


def test_the_argument_of_many_calls_is_looked_for_once(monkeypatch):
    """For each of four hundred calls, all places of its name: seconds."""
    made = counted(monkeypatch, calls, "Names")
    text = "def f(a[->, size]): pass\nsize = 1\n" + "f(1); size\n" * 400
    snapshot, changes = drawn(text, "python")
    found = finding.propose(snapshot, changes)
    assert {(each.kind, each.text) for each in found} == {("argument", ", size")}
    assert len(made) == 2
