"""A checkpoint's files, read with suspicion, and the model that is made of them."""
