"""What no engine ever sees: documents that take no part, and lines that look like secrets."""
