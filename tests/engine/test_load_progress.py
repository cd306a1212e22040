"""What an engine says while it answers nobody."""

import json
import os
import subprocess
import sys

import pytest

from diffgem_engine.checkpoint import loading
from diffgem_engine.endpoint import TcpEndpoint, UnixEndpoint
from diffgem_engine.load_progress import (
    LEAST_NEWS,
    PREPARING,
    READING,
    Loading,
    loading_file,
    read,
    told,
)


@pytest.fixture
def endpoint(tmp_path):
    return UnixEndpoint(tmp_path / "s")


def test_while_it_loads_and_no_longer(endpoint):
    """A bar that stood at 42% over an engine that had long been there."""
    with told(endpoint) as tell:
        assert read(endpoint) is None
        tell(READING, 0.25)
        assert read(endpoint) == Loading(READING, 0.25)
        tell(PREPARING, None)
        assert read(endpoint) == Loading(PREPARING)
        assert loading_file(endpoint).stat().st_mode & 0o777 == 0o600
    assert read(endpoint) is None
    assert list(endpoint.path.parent.iterdir()) == []


def test_a_failed_load_leaves_nothing(endpoint):
    with pytest.raises(RuntimeError), told(endpoint) as tell:  # noqa: PT012 - it must be told first
        tell(READING, 0.25)
        raise RuntimeError
    assert list(endpoint.path.parent.iterdir()) == []


def test_not_every_weight_is_written(endpoint):
    """Thousands of files, for a checkpoint of thousands of weights."""
    with told(endpoint) as tell:
        tell(READING, 0.5)
        loading_file(endpoint).unlink()
        tell(READING, 0.5 + LEAST_NEWS / 2)
        assert read(endpoint) is None
        tell(READING, 0.5 + 2 * LEAST_NEWS)
        assert read(endpoint) == Loading(READING, 0.5 + 2 * LEAST_NEWS)


def test_an_engine_that_was_killed_is_not_believed(endpoint):
    """Its file stays, as nobody was there to take it away."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(20)
    text = json.dumps({"pid": gone.pid, "stage": READING, "share": 0.5})
    loading_file(endpoint).write_text(text)
    assert read(endpoint) is None


@pytest.mark.parametrize(
    "found",
    ["", "{", "[]", "\ud800", "7", '{"pid": "x"}', '{"pid": 1e99}', '{"pid": 0}', "[" * 999],
)
def test_what_is_no_news_is_none(endpoint, found):
    """A client that died of half a file."""
    loading_file(endpoint).write_bytes(found.encode("utf-8", "surrogatepass"))
    assert read(endpoint) is None


@pytest.mark.parametrize("share", [None, "x", True, 1.5, -1, float("nan")])
def test_a_share_that_is_none(endpoint, share):
    text = json.dumps({"pid": os.getpid(), "stage": READING, "share": share})
    loading_file(endpoint).write_text(text)
    assert read(endpoint) == Loading(READING)


def test_a_folder_that_takes_no_file_stops_no_engine(tmp_path):
    """A full disk kept the engine from loading."""
    with told(UnixEndpoint(tmp_path / "nowhere" / "s")) as tell:
        tell(READING, 0.5)


def test_on_tcp_nobody_is_told():
    with told(TcpEndpoint("127.0.0.1", 0)) as tell:
        tell(READING, 0.5)
    assert read(TcpEndpoint("127.0.0.1", 0)) is None


def test_a_checkpoint_tells_how_much_of_it_is_read(checkpoint_folder):
    """A bar that jumped back, or never moved."""
    heard = []
    loading.load(checkpoint_folder, tell=lambda stage, share: heard.append((stage, share)))
    assert {stage for stage, _ in heard} == {READING}
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert 0.5 < shares[-1] < 1
