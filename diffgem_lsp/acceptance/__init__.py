"""What becomes of suggestions: shown, accepted, partly accepted, retained, reverted.

Kept on this machine, never sent; no text, no file's name.
"""
