"""Inline edits as code actions: listed at once without a model, generated when one is chosen."""
