"""Which path fills a hole, where there is a choice: a backend around a backend."""
