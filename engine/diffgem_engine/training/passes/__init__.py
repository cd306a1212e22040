"""The forward pass over a prompt and its canvases, and the losses of both."""
