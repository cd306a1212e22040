"""Half-done edits put into real files: which of them are finished, and when nothing is said."""
