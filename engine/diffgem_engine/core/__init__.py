"""The engine, on token ids: no text, no sockets, no threads."""
