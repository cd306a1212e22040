"""Where the log of an engine lies that the client has started."""

import stat

import pytest

from diffgem_engine.endpoint import cache_folder
from diffgem_lsp.engine import process as engine_process


async def test_the_log_is_private_and_does_not_grow_for_ever(place, monkeypatch):
    """The log of a crashing engine filled the disk."""
    monkeypatch.setattr(engine_process, "MAX_LOG", 10)
    log = place.folder / "log" / "engine.log"
    log.parent.mkdir(mode=0o700)
    log.write_text("old lines\n" * 3)
    await place.client().ready()
    assert log.with_name("engine.log.1").read_text().startswith("old lines")
    assert "old lines" not in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"XDG_CACHE_HOME": "/big/cache"}, "/big/cache/diffgem"),
        ({"XDG_CACHE_HOME": "cache"}, "/home/me/.cache/diffgem"),
        ({"XDG_CACHE_HOME": ""}, "/home/me/.cache/diffgem"),
        ({}, "/home/me/.cache/diffgem"),
    ],
)
def test_the_log_lies_where_the_user_keeps_caches(variables, folder):
    """A home of little room was written to all the same."""
    assert str(cache_folder({"HOME": "/home/me", **variables})) == folder
