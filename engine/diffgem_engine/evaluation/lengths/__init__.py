"""How long is the middle?  The bias of a checkpoint's first step, and ways to choose a length."""
