"""vLLM as the engine: pinned canvases where a server has them, the chat format where not."""
