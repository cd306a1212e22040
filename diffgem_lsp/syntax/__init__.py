"""Syntax trees: grammars, incremental parses, what they say of a document."""
