"""A terminal's text, with its escapes for colours, as a picture of a window."""

import re
import unicodedata
from collections import Counter
from pathlib import Path

from attrs import evolve, frozen
from PIL import Image, ImageDraw, ImageFont

FONTS = Path("/usr/share/fonts/truetype/dejavu")
SIZE, LINE, MARGIN, BAR = 15, 19, 12, 30
INK, PAPER, FRAME = (212, 215, 222), (22, 24, 30), (41, 44, 54)
BUTTONS = ((237, 106, 94), (245, 191, 79), (98, 197, 84))
BASIC = (
    *((22, 24, 30), (224, 108, 117), (152, 195, 121), (229, 192, 123)),
    *((97, 175, 239), (198, 120, 221), (86, 182, 194), (171, 178, 191)),
    *((92, 99, 112), (224, 108, 117), (152, 195, 121), (229, 192, 123)),
    *((97, 175, 239), (198, 120, 221), (86, 182, 194), (255, 255, 255)),
)
# emoji, which a monospaced font has not
IN_FONT = {"✅": "✔", "⚠": "!", "❌": "✘", "⏹": "■"}
ESCAPE = re.compile(r"\x1b\[([0-9;:]*)m")


@frozen
class Style:
    ink: tuple | None = None
    paper: tuple | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    reverse: bool = False

    def colours(self, window):
        """Of the text and of what is behind it, in a window of that colour."""
        pair = self.ink or INK, self.paper or window
        if self.dim:
            pair = mixed(*pair), pair[1]
        return pair[::-1] if self.reverse else pair


FLAGS = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    7: {"reverse": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    27: {"reverse": False},
    39: {"ink": None},
    49: {"paper": None},
}


def mixed(ink, paper):
    """Between the two, and still to be read."""
    return tuple((3 * one + 2 * other) // 5 for one, other in zip(ink, paper, strict=True))


def colour_of(index):
    """Of the 256 of terminals."""
    if index < 16:
        return BASIC[index]
    if index >= 232:
        return (8 + 10 * (index - 232),) * 3
    steps = (0, 95, 135, 175, 215, 255)
    return tuple(steps[(index - 16) // each % 6] for each in (36, 6, 1))


def styled(style, codes):
    """After one escape's numbers."""
    numbers = [int(each or 0) for each in re.split("[;:]", codes)]
    while numbers:
        number = numbers.pop(0)
        if number == 0:
            style = Style()
        elif number in (38, 48):
            colour, numbers = extended(numbers)
            style = evolve(style, **{"ink" if number == 38 else "paper": colour})
        elif 30 <= number <= 37 or 90 <= number <= 97:
            style = evolve(style, ink=BASIC[number % 10 + 8 * (number >= 90)])
        elif 40 <= number <= 47 or 100 <= number <= 107:
            style = evolve(style, paper=BASIC[number % 10 + 8 * (number >= 100)])
        else:
            style = evolve(style, **FLAGS.get(number, {}))
    return style


def extended(numbers):
    """The colour that follows 38 or 48, and what follows it."""
    if numbers[0] == 2:
        return tuple(numbers[1:4]), numbers[4:]
    return colour_of(numbers[1]), numbers[2:]


def cells(text):
    """Rows of (character, style)."""
    style = Style()
    for line in text.split("\n"):
        row = []
        for index, piece in enumerate(ESCAPE.split(line)):
            if index % 2:
                style = styled(style, piece)
            else:
                row += [(char, style) for char in piece]
        yield row


def font(style):
    name = "DejaVuSansMono" + ("-Bold" if style.bold else "-Oblique" if style.italic else "")
    path = FONTS / f"{name}.ttf"
    return ImageFont.truetype(path if path.exists() else FONTS / "DejaVuSansMono.ttf", SIZE)


def picture(text, size, cursor, title):
    """In the colours that the program chose; `size` in columns and rows, `cursor` alike."""
    fonts, lines = {}, list(cells(text))
    window = prevailing(lines)
    width = font(Style()).getlength("M")
    columns, rows = size
    whole = (round(2 * MARGIN + columns * width), BAR + 2 * MARGIN + rows * LINE)
    image = Image.new("RGB", whole, window)
    draw = ImageDraw.Draw(image)
    draw_frame(draw, whole[0], title, font(Style()))
    for row, line in enumerate(lines):
        for column, char, style in placed(line):
            left, top = MARGIN + column * width, BAR + MARGIN + row * LINE
            ink, paper = style.colours(window)
            if paper != window:
                draw.rectangle((left, top, left + width, top + LINE), fill=paper)
            used = fonts.setdefault((style.bold, style.italic), font(style))
            draw.text((left, top + 1), IN_FONT.get(char, char), fill=ink, font=used)
    draw_cursor(draw, cursor, width)
    return image


def prevailing(lines):
    """What most cells have behind them: terminals do not say it of those behind a line's end, and
    a window of two shades looks broken.
    """
    papers = Counter(style.paper for line in lines for _, style in line)
    return max(papers, key=papers.get, default=None) or PAPER


def placed(line):
    """(column, character, style): some characters are two columns wide."""
    column = 0
    for char, style in line:
        yield column, char, style
        column += 2 if unicodedata.east_asian_width(char) in "WF" else 1


def draw_cursor(draw, cursor, width):
    left, top = MARGIN + cursor[0] * width, BAR + MARGIN + cursor[1] * LINE
    draw.rectangle((left - 1, top, left + 1, top + LINE), fill=INK)


def draw_frame(draw, width, title, face):
    draw.rectangle((0, 0, width, BAR), fill=FRAME)
    for index, colour in enumerate(BUTTONS):
        left = MARGIN + 20 * index
        draw.ellipse((left, 9, left + 12, 21), fill=colour)
    draw.text((width / 2, BAR / 2), title, fill=INK, font=face, anchor="mm")
