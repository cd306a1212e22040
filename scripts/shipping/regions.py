"""Regions of a page that a program writes: what stands between two comments of one name."""

import re
from collections.abc import Mapping


def filled(page: str, regions: Mapping[str, str]) -> str:
    """`page` with the text of each region in its place.

    Raises ValueError where a region is not there once, or one is there that nobody fills.
    """
    marked = re.findall(r"<!-- figures: (\w+) -->", page)
    if sorted(marked) != sorted(regions):
        raise ValueError(f"the page has the regions {marked}, written are {sorted(regions)}")
    for name, text in regions.items():
        page = _put(page, name, text)
    return page


def _put(page: str, name: str, text: str) -> str:
    before, head, rest = page.partition(f"<!-- figures: {name} -->\n")
    _, tail, after = rest.partition(f"<!-- end of {name} -->")
    if not (head and tail):
        raise ValueError(f"the region {name} does not begin or does not end on a line of its own")
    return f"{before}{head}\n{text.strip()}\n\n{tail}{after}"
