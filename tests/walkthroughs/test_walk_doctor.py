"""Six breaks on purpose: what one sees, what the doctor says, what mends it."""

import pytest


@pytest.mark.walkthrough
def test_the_page_is_true(walk):
    walk("doctor.md", limit_s=420)
