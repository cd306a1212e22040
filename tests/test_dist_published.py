"""Where `make dist` puts what it has made."""

import building
import pytest
from failures import DistError


@pytest.fixture
def made(tmp_path):
    (tmp_path / "made").mkdir()
    found = building.named(tmp_path / "made", "1.2.3")
    for path in found:
        path.write_bytes(b"made")
    return found


def test_only_artifacts_of_before_go(made, tmp_path):
    """Guards what somebody else has put there."""
    dist = tmp_path / "dist"
    dist.mkdir()
    for artifact in building.named(dist, "0.0.9"):
        artifact.touch()
    (dist / "notes.txt").touch()
    published = building.publish(made, dist)
    assert sorted(dist.iterdir()) == sorted([*published, dist / "notes.txt"])


def test_what_was_there_stays_where_the_new_cannot_come(made, tmp_path):
    """Guards an empty dist."""
    dist = tmp_path / "dist"
    dist.mkdir()
    old = building.named(dist, "0.0.9")
    for artifact in old:
        artifact.touch()
    made.vsix.unlink()
    with pytest.raises(DistError, match="run make dist again"):
        building.publish(made, dist)
    assert all(artifact.exists() for artifact in old)


def test_a_dist_that_is_no_folder_is_told(made, tmp_path):
    (tmp_path / "dist").touch()
    with pytest.raises(DistError, match="File exists"):
        building.publish(made, tmp_path / "dist")
