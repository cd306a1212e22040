"""Draw the extension's icon: lines of code, one of them coming out of noise.

scripts/icon.py: writes editors/vscode/media/icon.png, 128 pixels square.
"""

from pathlib import Path

from PIL import Image, ImageDraw

TARGET = Path(__file__).parents[1] / "editors" / "vscode" / "media" / "icon.png"
SIZE, SCALE = 128, 8  # drawn larger, then made small: smooth edges
GROUND = (27, 24, 56)
CODE = (142, 138, 190)
SURE, NOISE = (120, 235, 200), (58, 54, 104)

# (x, y, width) of the lines above and below the hole
LINES = [(20, 24, 52), (78, 24, 28), (32, 44, 40), (32, 84, 34), (72, 84, 22), (20, 104, 46)]
SLOTS = [(32 + 15 * index, index / 4) for index in range(5)]  # x, and how far from being sure
HEIGHT = 10


def main() -> None:
    image = Image.new("RGBA", (SIZE * SCALE, SIZE * SCALE))
    draw = ImageDraw.Draw(image)
    bar(draw, (0, 0, SIZE, SIZE), 26, GROUND)
    for x, y, width in LINES:
        bar(draw, (x, y, x + width, y + HEIGHT), 5, CODE)
    for x, noise in SLOTS:
        bar(draw, (x, 63, x + 12, 75), 3, blend(noise))
    image.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(TARGET, optimize=True)


def bar(
    draw: ImageDraw.ImageDraw,
    box: tuple[int, int, int, int],
    radius: int,
    color: tuple[int, int, int],
) -> None:
    scaled = [SCALE * edge for edge in box]
    draw.rounded_rectangle(scaled, radius * SCALE, fill=color)


def blend(noise: float) -> tuple[int, int, int]:
    red, green, blue = (
        round(sure + (other - sure) * noise) for sure, other in zip(SURE, NOISE, strict=True)
    )
    return red, green, blue


if __name__ == "__main__":
    main()
