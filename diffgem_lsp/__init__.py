"""DiffGem's language server: inline completions from a diffusion language model."""

from diffgem_engine import __version__  # of one distribution: one number

__all__ = ["__version__"]
