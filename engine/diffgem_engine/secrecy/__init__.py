"""What must not be read or shown to a model: ignored files, somebody's keys.

Shared by the language server and by the corpus of a training run; imports no torch.
"""
