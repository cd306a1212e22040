"""What the calls of a function follow in when its parameters change."""

import pytest
from drawn_edits import asked_for, draw

from diffgem_lsp.next_edits import calls
from diffgem_lsp.next_edits.proposals import allowed

FOLLOWING = {
    "a new parameter, by its name or its owner's": (
        "python",
        """\
class A:
    def f(self, a[->, limit]):
        self.limit = a
    def g(self, limit):
        return self.f(1<->, limit>) + self.f(2, 3)
""",
    ),
    "a new one in front": (
        "python",
        "def f([->b, ]a):\n    return a\nb = 1\nf(<->b, >2)\n",
    ),
    "the only one": ("python", "def f([->b]):\n    return 1\nb = 1\nf(<->b>)\n"),
    "one with a default asks for nothing": (
        "python",
        "def f(a[->, b=2]):\n    return a\nb = 1\nf(1)\n",
    ),
    "nor does one that is named, or calls that spread": (
        "python",
        "def f(a[->, b]):\n    return a\nb = 1\nf(a=1)\nf(*b)\n",
    ),
    "a removed one, by place and by name": (
        "python",
        "def f(a[, b->]):\n    return a\nf(1<, 2->>)\nf(1<, b=2->>)\nf(1)\n",
    ),
    "the first one": ("python", "def f([a, ->]b):\n    return b\nf(<1, ->>2)\n"),
    "a renamed one, where it is given by name": (
        "python",
        "def f(a, [b->size]=1):\n    return a\nf(1, <b->size>=2)\nf(1, 2)\nother(b=3)\n",
    ),
    "what makes objects": (
        "python",
        "class A:\n    def __init__(self, a[, b->]):\n        pass\nA(1<, 2->>)\n",
    ),
    "not what has the name of it elsewhere": (
        "python",
        "def f(a[, b->]):\n    return a\ndef g(f):\n    return f(1, 2)\n",
    ),
    "not what modules and members of members have by its name": (
        "python",
        """\
import os
class A:
    def remove(self, a[, b->]):
        os.remove(1, 2)
        self.files.remove(1, 2)
        self.remove(1<, 2->>)
def f(other):
    other.remove(1<, 2->>)
""",
    ),
    "of Go": ("go", "package m\nfunc f(a int[->, n int]) int { return f(a<->, n>) }\n"),
    "of JavaScript": ("javascript", "function f(a[->, n]) { return f(a<->, n>) }\n"),
    "of TypeScript": ("typescript", "function f(a: number[->, n: A]) { return f(a<->, n>) }\n"),
    "of Rust": ("rust", "fn f(a: u8[, n: u8->]) -> u8 { f(a<, 1->>) }\n"),
    "of Java": ("java", "class A { int f(int a[, int n->]) { return f(a<, 1->>); } }\n"),
    "of C": ("c", "int f(int a[->, char *n]) { return f(a<->, n>); }\n"),
    "of Ruby": ("ruby", "def f(a[->, n])\n  f(a<->, n>)\nend\n"),
    "of PHP": ("php", "<?php\nfunction f($a[, $n->]) { return f($a<, 1->>); }\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOLLOWING)
def test_what_calls_follow_in(name):
    language, text = FOLLOWING[name]
    snapshot, changes = asked_for(text, language)
    found = allowed(calls.proposals(snapshot, changes), snapshot, changes)
    assert draw(snapshot, changes, found) == text


def test_where_there_is_no_such_name_the_model_has_to_guess():
    snapshot, changes = asked_for("def f(a[->, b]):\n    return a\nf(1)\n", "python")
    (found,) = calls.proposals(snapshot, changes)
    assert (found.kind, found.texts, found.opens) == ("guess", (), (", ", ""))


def test_several_names_compete():
    """The owner's was never tried, though it is what such calls mostly give."""
    text = """\
class A:
    def f(self, a[->, b]):
        self.b = b
    def g(self, b):
        self.f(1)
"""
    snapshot, changes = asked_for(text, "python")
    (found,) = calls.proposals(snapshot, changes)
    assert found.texts == (", b", ", self.b")


@pytest.mark.parametrize(
    "text", ["def f(a[->, b, c]):\n    f(1)\n", "def f(a[->: int]):\n    f(1)\n"]
)
def test_what_is_not_one_parameter(text):
    snapshot, changes = asked_for(text, "python")
    assert [*calls.proposals(snapshot, changes)] == []
