"""Pictures of terminals: one background, whatever a program has painted."""

import pytest
from terminal_drawing import PAPER, picture

pytestmark = pytest.mark.editor  # as who makes pictures has the fonts

OWN = (20, 22, 27)
CELL = 9  # as wide as a letter, or nearly


def painted(text):
    return f"\x1b[48;2;20;22;27m{text}\x1b[0m"


@pytest.mark.parametrize(
    ("text", "background"),
    [(painted("   code") + "\n" + painted("  more"), OWN), ("$ ls\n" + painted("   "), PAPER)],
)
def test_the_background_is_that_of_most_cells(text, background):
    """Behind a line's end, and around the text, the window had another shade than Neovim."""
    image = picture(text, (20, 3), (19, 2), "")
    width, height = image.size
    places = [(2, 60), (14, 44), (width - 20, 44), (width - 2, 60), (14, height - 20)]
    assert {image.getpixel(place) for place in places} == {background}


def test_what_stands_out_does():
    image = picture("\x1b[7mstatus\x1b[0m\nplain text", (20, 3), (19, 2), "")
    assert image.getpixel((13 + 5 * CELL, 43)) != PAPER
