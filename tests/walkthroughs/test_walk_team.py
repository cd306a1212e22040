"""A certificate, two tokens, two desks; one user is shown out, the other notices nothing."""

import pytest


@pytest.mark.walkthrough
def test_the_page_is_true(walk):
    walk("team.md", limit_s=180)
