"""The engine from the client's side: find, start, connect, multiplex, reconnect."""
