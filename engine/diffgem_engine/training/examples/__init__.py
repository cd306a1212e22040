"""Documents -> batches of prompts and canvases, and the noise that a model is to undo."""
