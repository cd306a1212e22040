"""DiffGem's language server: inline completions from a diffusion language model."""

__version__ = "0.1.0"
