"""What a status bar shows: one state at a time, and why nothing came."""
