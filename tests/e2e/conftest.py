import pytest
from gallery import gallery
from sandbox import sandbox


@pytest.fixture(scope="session")
def box():
    """One engine for all tests; the first that asks starts it."""
    with sandbox() as made:
        yield made


@pytest.fixture
def pictures(tmp_path):
    return gallery(tmp_path)


@pytest.fixture
def store(tmp_path):
    """Where a store of tokens may be: it is not there yet."""
    folder = tmp_path / "private"
    folder.mkdir(0o700)
    return folder / "tokens.json"
