"""Outcomes and margins, from answers that are made up."""

import pytest

from diffgem_engine.evaluation.next_edits import fitting, offers
from diffgem_engine.evaluation.next_edits.asked import Answer
from diffgem_engine.evaluation.next_edits.cases import Case
from diffgem_engine.evaluation.next_edits.evaluation import figures
from diffgem_lsp.next_edits.choosing import ALWAYS, MARGINS, NEVER
from diffgem_lsp.next_edits.history import Change
from diffgem_lsp.next_edits.judging import Judged
from diffgem_lsp.next_edits.proposals import KINDS, Proposal

TEXT = "aa = bb\ncc = dd\n"
ALIKE = dict.fromkeys(KINDS, 0.0)


def proposal(at, text, kind="typo"):
    return Proposal(at, at + 2, text, kind, 0)


def answered(*judged, expected=None, proposed=None):
    """Of (place, text, kind, gain)."""
    case = Case("slip", "a.py", TEXT, (Change(0, "a", "aa"),), expected or {})
    every = tuple(Judged(proposal(at, text, kind), gain) for at, text, kind, gain in judged)
    ours = tuple(each.proposal for each in every if each.proposal.kind != "doubt")
    return Answer(case, ours if proposed is None else proposed, every, 1.0, 2.0, 3.0)


@pytest.mark.parametrize(
    ("expected", "outcome"),
    [({(5, 7): "xx", (13, 15): "yy"}, "found"), ({(5, 7): "xx"}, "false"), ({}, "false")],
)
def test_one_wrong_edit_spoils_the_others(expected, outcome):
    answer = answered((5, "xx", "typo", 1.0), (13, "yy", "typo", 1.0), expected=expected)
    assert offers.outcome(answer, offers.offered(answer, ALIKE)) == outcome


def test_what_is_sure_comes_alone():
    """As in the product: a rename is offered before anybody is asked."""
    answer = answered((5, "xx", "rename", -9.0), (13, "yy", "typo", 9.0))
    margins = {**ALIKE, "rename": ALWAYS}
    assert [each.text for each in offers.offered(answer, margins)] == ["xx"]


def test_doubts_come_last():
    answer = answered((5, "xx", "typo", 1.0), (13, "yy", "doubt", 9.0))
    assert [each.text for each in offers.offered(answer, ALIKE)] == ["xx"]
    for margins, expected in (({"typo": 2.0}, ["yy"]), ({"typo": NEVER, "doubt": NEVER}, [])):
        found = offers.offered(answer, {**ALIKE, **margins})
        assert [each.text for each in found] == expected


def test_the_tree_alone_offers_what_it_proposes():
    answer = answered((5, "xx", "name", -9.0), (13, "yy", "doubt", 9.0))
    assert [each.text for each in offers.offered(answer, offers.TREE_ALONE)] == ["xx"]
    alone = offers.model_alone({**MARGINS, "doubt": 1.0})
    assert [each.text for each in offers.offered(answer, alone)] == ["yy"]


def test_shares_of_each_kind_and_of_all():
    answers = [
        answered((5, "xx", "typo", 1.0), expected={(5, 7): "xx"}),
        answered((5, "xx", "typo", -1.0), expected={(5, 7): "xx"}),
    ]
    report = figures(answers, ALIKE)
    for group in ("half done", "slip"):
        shares = {said: figure["share"] for said, figure in report[group].items()}
        assert shares == {"found": 0.5, "false": 0.0, "quiet": 0.5}
        low, high = report[group]["found"]["ci95"]
        assert 0 < low < 0.5 < high < 1
    assert report["finished"]["quiet"] == {"share": None, "ci95": None, "n": 0}


@pytest.mark.parametrize(
    ("gains", "margin"),
    [
        ([(-50.0, True)] * 10, ALWAYS),
        ([(1.0, False)] * 10, NEVER),
        ([(5.0, True)] * 10 + [(1.0, False)] * 5, 2.0),
        ([(5.0, True)] * 19 + [(7.0, False)], ALWAYS),
        ([(5.0, True)] * 18 + [(7.0, False)] * 2, NEVER),
    ],
)
def test_the_least_margin_at_which_hardly_any_are_wrong(gains, margin):
    assert fitting.margin_of(gains) == margin


def test_too_few_say_nothing():
    few = [answered((5, "xx", "typo", 1.0), expected={})] * (fitting.LEAST - 1)
    assert fitting.fitted(few, MARGINS) == dict(MARGINS)
    assert fitting.fitted([*few, few[0]], MARGINS)["typo"] == NEVER


def test_how_well_gains_tell():
    answers = [
        answered((5, "xx", "typo", 3.0), expected={(5, 7): "xx"}),
        answered((5, "yy", "typo", 1.0), expected={(5, 7): "xx"}),
        answered((5, "yy", "typo", 3.0), expected={(5, 7): "xx"}),
    ]
    swept = fitting.sweep(answers)["typo"]
    assert (swept["n"], swept["auc"]) == (3, 0.75)
    rows = {row["margin"]: (row["n"], row["right"]) for row in swept["margins"]}
    assert (rows[0], rows[2], rows[4]) == ((3, 1 / 3), (2, 0.5), (0, None))
    assert fitting.sweep(answers)["rename"]["auc"] is None
