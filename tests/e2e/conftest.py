import pytest
from sandbox import sandbox


@pytest.fixture(scope="session")
def box():
    """One engine for all tests; the first that asks starts it."""
    with sandbox() as made:
        yield made
