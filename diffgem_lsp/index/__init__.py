"""What the workspace declares: read by a process of its own, looked up in its store."""
