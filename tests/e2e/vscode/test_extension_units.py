"""Tests of the extension that need Node and no window: editors/vscode/test/unit."""

import pytest
from extension import node

pytestmark = pytest.mark.editor


def test_the_units_of_the_extension(extension):
    assert extension
    node("npm", "test")
