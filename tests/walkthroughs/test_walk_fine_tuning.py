"""Fine-tuning, and a score that moves: by steps, so that a busy machine teaches as much."""

import pytest


@pytest.mark.walkthrough
def test_the_page_is_true(walk):
    walk("fine-tuning.md", limit_s=1500)
