"""Folders of this user that commands read or write."""

from pathlib import Path

from diffgem_engine.endpoint import EndpointError
from diffgem_lsp.acceptance.journal import state_folder


def counts_folder() -> Path:
    """Where it is kept what became of suggestions.  Raises EndpointError where nobody knows."""
    try:
        return state_folder()
    except RuntimeError as error:
        raise EndpointError(
            "this user has no home folder: set HOME, or name a folder by XDG_STATE_HOME"
        ) from error
