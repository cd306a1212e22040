"""A tiny checkpoint on disk, made once."""

import pytest
from checkpoints import write_checkpoint


@pytest.fixture(scope="session")
def checkpoint_folder(tmp_path_factory):
    """Read only: copy it to break it."""
    return write_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny")
