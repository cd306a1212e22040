"""Which other places of a name follow when one of them is changed."""

import pytest
from drawn_edits import asked_for, draw

from diffgem_lsp.next_edits import finding, renames
from diffgem_lsp.next_edits.proposals import allowed

RENAMES = {
    "a parameter, and neither a keyword nor an attribute": (
        "python",
        """\
def f([items->rows]):
    for each in <items->rows>:
        print(each, each.items, g(items=<items->rows>))
    return <items->rows>
items = 1
""",
    ),
    "not in strings and comments, but in what is formatted": (
        "python",
        """\
[total->amount] = 1
# total
print("total", f"total {<total->amount>}")
""",
    ),
    "not where a comprehension or a function binds it anew": (
        "python",
        """\
[row->line] = 1
a = [row for row in b]
def f(row=<row->line>):
    return row
print(<row->line>)
""",
    ),
    "a name of a class is seen by no function in it": (
        "python",
        """\
size = 1
class A:
    [size->width] = 2
    other = <size->width>
    def f(self):
        return size + self.<size->width>
""",
    ),
    "an attribute, in its class alone where another class has one": (
        "python",
        """\
class A:
    def __init__(self):
        self.[name->title] = 1
    def f(self):
        return self.<name->title>
class B:
    def f(self, a):
        self.name = a.name
""",
    ),
    "no member of a module, or of another object's": (
        "python",
        """\
import os
class A:
    def __init__(self):
        self.[path->place] = 1
    def f(self, other):
        return os.path, os.path.join(self.<path->place>, other.<path->place>)
""",
    ),
    "the variable of one of two loops": (
        "python",
        """\
for [i->row] in a:
    print(<i->row>)
for i in b:
    print(i)
""",
    ),
    "a letter more is another name": ("python", "[tota->total] = 1\nprint(<tota->total>)\n"),
    "blocks, and an object's own key": (
        "javascript",
        """\
function f([total->sum]) {
  if (a.total) { const total = 3; g(total) }
  return { <total->total: sum>, total: <total->sum> }
}
""",
    ),
    "types are no names of variables": (
        "typescript",
        """\
function f([count->size]: number, b: count): number { return <count->size> + b.count }
""",
    ),
    "a declaration within a block": (
        "go",
        """\
package m
func f([total->sum] int) int {
	if x { total := 1; g(total) }
	return <total->sum> + s.total
}
""",
    ),
    "closures and fields": (
        "rust",
        """\
fn f([total->sum]: &str) -> u8 {
    let h = |total| total + 1;
    self.total + <total->sum>
}
""",
    ),
    "a field, with and without its object": (
        "java",
        """\
class A {
  int [total->sum];
  int f(int a) { return <total->sum> + this.<total->sum>; }
  int g(int total) { return total + this.<total->sum>; }
}
class B { int total; int f() { return total; } }
""",
    ),
    "a block of C": (
        "c",
        "int f(int [total->sum]) { { int total = 3; g(total); } h(<total->sum>, s->total); }\n",
    ),
    "a member of C++": (
        "cpp",
        "class A { int [total->sum]; int f() { return <total->sum> + this-><total->sum>; } };\n",
    ),
    "a local of Lua": (
        "lua",
        "local function f([total->sum]) return <total->sum> + a.total end\nprint(total)\n",
    ),
    "a block of Ruby": (
        "ruby",
        "def f([total->sum])\n  x.each { |total| p total }\n  <total->sum> + x.total\nend\n",
    ),
    "a variable of PHP": (
        "php",
        "<?php\nfunction f($[total->sum]) { return $this->total + $<total->sum>; }\n$total = 1;\n",
    ),
}  # fmt: skip
QUIET = {
    "the new name has a meaning": "def f(total, [count->total]):\n    return count\n",
    "one use is another name of the file": "a = 1\nbase = 2\nprint([base->a], base)\n",
    "all of it is done": "[old->new] = 1\nprint([old->new])\n",
    "two words became one": "[a b->c] = 1\nprint(a)\n",
    "within a string": "print('[total->sum]', total)\n",
    "nothing else has it": "[old->new] = 1\n",
    "a keyword": "[if->while] x:\n    pass\nif y:\n    pass\n",
}


@pytest.mark.parametrize("name", RENAMES)
def test_what_follows(name):
    language, text = RENAMES[name]
    snapshot, changes = asked_for(text, language)
    found = allowed(renames.proposals(snapshot, changes), snapshot, changes)
    assert draw(snapshot, changes, found) == text


@pytest.mark.parametrize("name", QUIET)
def test_what_does_not(name):
    snapshot, changes = asked_for(QUIET[name], "python")
    assert allowed(renames.proposals(snapshot, changes), snapshot, changes) == []


def test_where_it_is_declared_counts_for_more():
    """A use of an unknown name may mean anything."""
    for text, kind in (("[a->b] = 1\nc(a)\n", "rename"), ("a = 1\nc([a->b], a)\n", "name")):
        snapshot, changes = asked_for(text, "python")
        assert {each.kind for each in renames.proposals(snapshot, changes)} == {kind}


def test_a_name_that_looks_like_a_slip_of_another():
    """The old `item`, once it stood alone, was a slip of `items`: the rename was never offered."""
    text = "for [item->each] in items:\n    print(<item->each>, len(items))\n"
    snapshot, changes = asked_for(text, "python")
    proposed = finding.propose(snapshot, changes)
    assert {each.kind for each in proposed} == {"rename", "typo"}
    assert draw(snapshot, changes, finding.sure(snapshot, proposed)) == text


def test_no_tree_no_renames():
    snapshot, changes = asked_for("[a->b] a a\n", "plaintext")
    assert [*renames.proposals(snapshot, changes)] == []


def test_behind_characters_of_several_bytes():
    """Offsets were bytes, and the edit stood inside of a word."""
    text = "s = 'é😀'; [größe->width] = 1; print('ß', <größe->width>)\n"
    snapshot, changes = asked_for(text, "python")
    found = allowed(renames.proposals(snapshot, changes), snapshot, changes)
    assert draw(snapshot, changes, found) == text


def test_a_name_whose_end_is_being_deleted():
    """At every backspace all other places were to lose a letter as well."""
    snapshot, changes = asked_for("[total->tota] = 1\nprint(total)\n", "python")
    for cursor, expected in ((4, 0), (3, 1), (10, 1)):
        assert len([*renames.proposals(snapshot.at(cursor), changes)]) == expected


@pytest.mark.parametrize("uses", [1, 400, 2_000])
def test_behind_many_other_places_of_the_name(uses):
    """Behind four hundred places nothing followed: the changed one was not among them."""
    text = "def f([row->line]):\n    return <row->line>\n"
    text = "row = 1\n" + "print(row)\n" * uses + text + "print(row)\n"
    snapshot, changes = asked_for(text, "python")
    found = renames.proposals(snapshot, changes)
    assert draw(snapshot, changes, found) == text
