"""Where snippets come from: a module for each source."""
