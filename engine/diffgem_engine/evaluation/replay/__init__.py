"""Real commits, typed through the language server as an editor would."""
