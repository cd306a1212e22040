"""A clone, the demo, a file of one's own, the doctor: from nothing."""

import pytest


@pytest.mark.walkthrough
def test_the_page_is_true(walk_from_nothing):
    walk_from_nothing("first-completion.md", limit_s=1200)
