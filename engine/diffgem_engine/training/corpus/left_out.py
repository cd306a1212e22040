"""Why a file of the sources is in no corpus."""

from collections import Counter
from enum import StrEnum


class LeftOut(StrEnum):
    """The reasons, in the order in which a file meets them."""

    IGNORED = "ignored"  # or a folder with all that is in it
    TESTS = "test folders"
    LINK = "links"
    VENDORED = "folders named as held-out projects"
    UNREADABLE = "unreadable"
    NOT_UTF8 = "not UTF-8"
    SIZE = "too short or too long"
    GENERATED = "generated"
    MINIFIED = "minified"
    DATA = "mostly data or foreign words"
    SECRET = "with secrets"
    DUPLICATE = "duplicates"
    CAP = "over the cap"


def described(counts: Counter[LeftOut]) -> str:
    """As in "31 ignored, 2 with secrets"; empty where nothing was left out."""
    return ", ".join(f"{counts[reason]:,} {reason}" for reason in LeftOut if counts[reason])
