"""Makes the helpers beside it importable from every folder of tests."""

import logging
import os
import sys

import pytest

# Of torch, here and in every engine that a test starts: more of them wait for one another, in
# `make test` with its worker for each core and on any machine that is busy.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_sessionfinish():
    """A worker that takes long to end is killed, and what it had covered was lost with it."""
    if "coverage" in sys.modules and (running := sys.modules["coverage"].Coverage.current()):
        running.save()


def pytest_xdist_auto_num_workers():
    """One more than there are cores: many tests wait, for a process or for a clock."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory):
    """What servers and engines of tests keep (history, index, log) stays out of the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
            patch.setenv(variable, str(tmp_path_factory.mktemp(variable.lower())))
        yield


@pytest.fixture(autouse=True)
def own_log_levels():
    """What a command says to the loggers of its process ends with the test that ran it."""
    names = (None, "diffgem_engine", "diffgem_lsp", "pygls")  # None: the one above all
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(scope="session")
def checkpoint_folder(tmp_path_factory):
    """A tiny checkpoint on disk, made once.  Read only: copy it to break it."""
    from checkpoints import write_checkpoint  # brings torch, which most tests do without

    return write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny")


@pytest.fixture
async def engine():
    """An engine's server in this loop, around a backend that does what the prefix says."""
    from running import serving  # brings torch as well

    async with serving() as running:
        yield running
