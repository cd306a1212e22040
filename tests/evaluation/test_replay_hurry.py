"""The check of `eval replay`: keys in a hurry, and what the server says to each."""

import pytest
from commits import repository_of

from diffgem_engine.evaluation.replay import checking
from diffgem_engine.evaluation.replay.history import History


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return repository_of(tmp_path_factory.mktemp("replay") / "project")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-32"])
async def test_many_keys_in_a_hurry(repository, encoding):
    """Guards text of another place, late text, two replies or none: at 1,500 keys."""
    report = await checking.check(History(repository), 500, encoding=encoding)
    assert report["faults"] == []
    assert (report["answered_twice"], report["unanswered"], report["crashes"]) == (0, 0, 0)
    assert report["counts"]["compared"] == report["keys"] >= 500
    assert min(report["counts"][name] for name in ("shown", "reused", "superseded")) > 20
