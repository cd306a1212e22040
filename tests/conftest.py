"""Makes the helpers beside it importable from every folder of tests."""

import pytest


@pytest.fixture(scope="session")
def checkpoint_folder(tmp_path_factory):
    """A tiny checkpoint on disk, made once.  Read only: copy it to break it."""
    from checkpoints import write_checkpoint  # brings torch, which most tests do without

    return write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny")
