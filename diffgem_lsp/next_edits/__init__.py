"""Next edits: what recent edits left half done, found by the tree and judged by the model."""
