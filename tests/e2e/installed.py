"""Where `scripts/e2e-setup` has put the real editors."""

import os
from pathlib import Path

import pytest

# the user's own, read before a test gives itself another
CACHE_HOME = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
REQUIRED = "DIFFGEM_E2E"  # set by `make e2e`: what is missing there is a failure
ROOT = Path(__file__).parents[2]


def cache() -> Path:
    """As scripts/e2e/common.bash has it."""
    chosen = os.environ.get("DIFFGEM_E2E_CACHE")
    return Path(chosen) if chosen else CACHE_HOME / "diffgem-e2e"


def place(*parts: str) -> Path:
    """A file or folder below the editors' cache: skips the test loudly where it is not there."""
    found = cache().joinpath(*parts)
    if not found.exists():
        absent(f"{found} is missing: run scripts/e2e-setup")
    return found


def absent(reason: str) -> None:
    """Ends the test: as failed in `make e2e` and CI, as skipped on a machine without editors."""
    if os.environ.get(REQUIRED):
        pytest.fail(reason)
    pytest.skip(reason)
