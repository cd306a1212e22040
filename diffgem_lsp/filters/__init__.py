"""Post-processing: an ordered tuple of small pure functions, by the question that they answer.

Each takes the text so far and the site it is for, and returns the text to go on with; an empty
text ends the chain: there is nothing to show, and the filter's name is the reason.
"""

from attrs import frozen

from diffgem_lsp.filters.errors import new_syntax_errors
from diffgem_lsp.filters.extent import (
    beyond_block,
    beyond_line,
    broken_characters,
    leading_blank_lines,
    line_cap,
    open_quote,
    trailing_space,
    whitespace_only,
)
from diffgem_lsp.filters.overlap import closed_already, overlap_with_suffix, repeated_lines
from diffgem_lsp.filters.site import Filter, Site
from diffgem_lsp.filters.words import DROPPED, in_words

__all__ = ["FILTERS", "Filter", "Filtered", "Site", "apply", "in_words"]

FILTERS: tuple[Filter, ...] = (
    broken_characters,
    whitespace_only,
    leading_blank_lines,
    beyond_line,
    beyond_block,
    open_quote,
    line_cap,
    closed_already,
    overlap_with_suffix,
    repeated_lines,
    trailing_space,
    whitespace_only,
    new_syntax_errors,
)


@frozen
class Filtered:
    """`reason` names the filter that left nothing: for people, `in_words`."""

    text: str
    reason: str = ""


def apply(text: str, site: Site, chain: tuple[Filter, ...] = FILTERS) -> Filtered:
    """Run the chain over `text`; what comes out has LF line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        return Filtered("", "the model proposes nothing")
    for step in chain:
        text = step(text, site)
        if not text:
            return Filtered("", DROPPED + step.__name__.replace("_", " "))
    return Filtered(text)
