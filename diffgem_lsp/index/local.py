"""The index without a process of its own: for commands, which have the time."""

from collections.abc import Sequence
from pathlib import Path

from diffgem_engine.endpoint import cache_folder
from diffgem_lsp.index.keeping import Keeper
from diffgem_lsp.index.store import Store, store_path
from diffgem_lsp.index.workspace import WorkspaceIndex


def indexed(roots: Sequence[Path], cache: Path | None = None) -> WorkspaceIndex:
    """Of folders whose stores are brought up to date first.  Raises OSError, sqlite3.Error."""
    cache = cache or cache_folder() / "index"
    for root in roots:
        keeper = Keeper(root, Store(store_path(root, cache)))
        for _ in keeper.scan():
            pass
        keeper.close()
    return WorkspaceIndex(cache, roots=roots)
