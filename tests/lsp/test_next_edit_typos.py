"""Slips: names that stand there alone, one key away from names that do not."""

import pytest
from drawn_edits import asked_for, draw

from diffgem_lsp.next_edits import typos
from diffgem_lsp.next_edits.proposals import allowed

SLIPS = [
    ("total", "totl", True), ("total", "toatl", True), ("total", "tottal", True),
    ("total", "totas", True), ("total", "otal", True), ("total", "totals", True),
    ("total", "total", False), ("total", "table", False), ("total", "to", False),
    ("abcd", "badc", False),
]  # fmt: skip
FOUND = {
    "a slip near a change": "total = 1\nprint(total)\nx = [->1]\nprint(<totla->total>)\n",
    "members for members": "a.items\nb.items\nitemz\nx = [->1]\nprint(c.<itemx->items>)\n",
    "not in strings": "total = 1\nprint(total)\nx = [->1]\nprint('totla')\n",
    "not where it is made": "total = 1\nprint(total)\nx = [->1]\ntotla = 2\n",
    "not if it stands there twice": "total = total\nx = [->1]\nprint(totla, totla)\n",
    "not what was just typed": "total = 1\nprint(total)\nprint([->totla])\n",
    "not far away": "total = 1\nprint(total)\nx = [->1]\n" + 9 * "\n" + "print(totla)\n",
    "of what stands before": "a.items\nb.items\nx = [->c.]<itemx->items>\n",
    "around code that was put in": (
        "total = item = item\nprint(<totla->total>)\n[->item1 + item2 + item3 + item4]\ntotal\n"
    ),
    "not the name of an argument": "total = total\nx = [->1]\nprint(totla=1)\n",
}


@pytest.mark.parametrize(("one", "other", "expected"), SLIPS)
def test_what_a_slip_is(one, other, expected):
    assert typos.is_slip(one, other) is typos.is_slip(other, one) is expected


@pytest.mark.parametrize("name", FOUND)
def test_slips_near_a_change(name):
    snapshot, changes = asked_for(FOUND[name], "python")
    found = allowed(typos.proposals(snapshot, changes), snapshot, changes)
    assert draw(snapshot, changes, found) == FOUND[name]


def test_what_may_be_meant_is_for_the_model_to_say():
    """The most frequent one was it, whatever the line was about."""
    text = "line = lines\nprint(lines, lines)\nx = [->1]\nprint(lins, line)\n"
    snapshot, changes = asked_for(text, "python")
    (found,) = typos.proposals(snapshot, changes)
    assert found.texts == ("lines", "line")
