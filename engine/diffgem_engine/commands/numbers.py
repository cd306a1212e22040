"""Numbers on a command line, refused before any work."""

import argparse
import math
from collections.abc import Callable


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Reads a whole number of a range."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
        if value < least or (most is not None and value > most):
            span = f"at least {least}" if most is None else f"{least} to {most}"
            raise argparse.ArgumentTypeError(f"{text} is out of range; give {span}")
        return value

    return number


def at_least(least: float) -> Callable[[str], float]:
    """Reads a finite number."""

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
        if not least <= value < math.inf:  # nor is it what is no number
            raise argparse.ArgumentTypeError(f"{text} is out of range; give at least {least:g}")
        return value

    return number
