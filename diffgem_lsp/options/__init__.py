"""What a client may set."""

from diffgem_lsp.options.reading import as_it_runs, is_copilots, parse_options
from diffgem_lsp.options.settings import Options, what_runs

__all__ = ["Options", "as_it_runs", "is_copilots", "parse_options", "what_runs"]
