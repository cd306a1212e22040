"""Ghost text: what is asked of the engine and when, and what of its answers is shown."""
