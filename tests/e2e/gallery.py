"""Where pictures of the tests go."""

import os

from installed import ROOT

CHOSEN = "DIFFGEM_PICTURES"  # a folder, from the repository's root, to renew the README's in


def gallery(otherwise):
    """The chosen folder, or one that nobody keeps."""
    chosen = os.environ.get(CHOSEN)
    place = ROOT / chosen if chosen else otherwise
    place.mkdir(parents=True, exist_ok=True)
    return place
