"""The measured claims about speed and memory: one small file a measurement.

This package looks across both sides of the wire, as `evaluation` does: it drives the language
server as an editor does, and so imports `diffgem_lsp`.  Nothing else of the engine imports it.
"""
